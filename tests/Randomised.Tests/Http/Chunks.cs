using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Randomised.Tests.Http;

/// <summary>The chunks in which Kestrel sends a response whose length it does not know.</summary>
internal static partial class Chunks
{
    private const string LineEnd = "\r\n";

    /// <summary>
    /// The responses in <paramref name="text"/>, the chunks of each joined to one without a size. Where Kestrel ends a chunk depends
    /// on how much room the response before it has left in a block of the pool, and that on how much of it the transport has sent
    /// by then: a matter of time on any transport, and without a meaning to the client (RFC 9112, section 7.1).
    /// </summary>
    public static string Join(string text)
    {
        var joined = new StringBuilder();
        var at = 0;
        for (var head = ChunkedHead().Match(text); head.Success; head = ChunkedHead().Match(text, at))
        {
            joined.Append(text, at, head.Index + head.Length - at);
            at = head.Index + head.Length;
            while (Size().Match(text, at) is { Success: true } size)
            {
                at += size.Length;
                var length = int.Parse(size.Groups[1].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                if (length == 0)
                {
                    joined.Append(LineEnd).Append(size.Value);
                    break;
                }

                joined.Append(text, at, Math.Min(length, text.Length - at));
                at = Math.Min(at + length + LineEnd.Length, text.Length);
            }

            at += CutSize().Match(text, at).Length;
        }

        return joined.Append(text, at, text.Length - at).ToString();
    }

    [GeneratedRegex(@"HTTP/1\.1 \d{3} [^\r\n]*\r\n(?:[^\r\n]+\r\n)*?Transfer-Encoding: chunked\r\n(?:[^\r\n]+\r\n)*\r\n")]
    private static partial Regex ChunkedHead();

    [GeneratedRegex(@"\G([0-9a-f]{1,7})\r\n")]
    private static partial Regex Size();

    [GeneratedRegex(@"\G[0-9a-f]{0,7}\r?\z")]
    private static partial Regex CutSize();
}
