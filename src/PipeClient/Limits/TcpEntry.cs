using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;

namespace PipeClient.Limits;

/// <summary>A TCP connection of this machine, as far as it matters for ports: to whom, and whether it only waits for its end.</summary>
internal readonly record struct TcpEntry(IPEndPoint Remote, bool IsTimeWait)
{
    private const string TimeWait = "06";

    /// <summary>Reads /proc/net/tcp or tcp6.</summary>
    public static IEnumerable<TcpEntry> Read(string path) => Parse(Proc.Lines(path));

    /// <param name="lines">A heading, then for each connection its number, local and remote address, state, and the rest.</param>
    public static IEnumerable<TcpEntry> Parse(IEnumerable<string> lines)
    {
        foreach (var line in lines.Skip(1))
        {
            if (Proc.Words(line) is [_, _, var remote, var state, ..] && TryParse(remote, out var endPoint) && endPoint.Port != 0)
            {
                yield return new TcpEntry(endPoint, state == TimeWait);
            }
        }
    }

    /// <summary>An address is written in words of 32 bits, each in the machine's own order; the port is not.</summary>
    private static bool TryParse(string text, out IPEndPoint endPoint)
    {
        endPoint = new IPEndPoint(IPAddress.None, 0);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon is not (8 or 32)
            || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var port))
        {
            return false;
        }

        var bytes = Convert.FromHexString(text.AsSpan(0, colon));
        if (BitConverter.IsLittleEndian)
        {
            var words = MemoryMarshal.Cast<byte, uint>(bytes.AsSpan());
            BinaryPrimitives.ReverseEndianness(words, words);
        }

        var address = new IPAddress(bytes);
        endPoint = new IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, port);
        return true;
    }
}
