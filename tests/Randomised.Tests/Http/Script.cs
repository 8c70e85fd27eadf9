using System.Text;
using System.Text.Json;

namespace Randomised.Tests.Http;

/// <summary>What the client does when it has sent everything.</summary>
internal enum ClientEnd
{
    /// <summary>Reads until the server closes, which it does when it is told to, does not understand, or has waited enough.</summary>
    Wait,

    /// <summary>Ends its own stream first, and reads what still comes.</summary>
    HalfClose,
    Close,
    Reset,
}

/// <summary>The bytes of one client, in the pieces in which they are sent.</summary>
/// <param name="Text">The bytes, a character for each.</param>
/// <param name="Cuts">Where they are cut, as parts of a thousand of what is left.</param>
/// <param name="End">The end.</param>
internal sealed record Script(string Text, int[] Cuts, ClientEnd End)
{
    public IEnumerable<ReadOnlyMemory<byte>> Pieces
    {
        get
        {
            ReadOnlyMemory<byte> rest = Encoding.Latin1.GetBytes(Text);
            foreach (var cut in Cuts)
            {
                var length = rest.Length * cut / 1000;
                if (length > 0)
                {
                    yield return rest[..length];
                    rest = rest[length..];
                }
            }

            yield return rest;
        }
    }

    public override string ToString()
        => $"{JsonSerializer.Serialize(Text)} cut at [{string.Join(' ', Cuts)}], then {End}";
}
