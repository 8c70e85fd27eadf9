using System.Globalization;

namespace PipeClient.Load.Outcome;

/// <summary>The first byte of a reply that differs. <see cref="Expected"/> is null for a byte after the message's end.</summary>
internal readonly record struct EchoMismatch(int Offset, byte? Expected, byte Actual)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"at offset {Offset} expected {Show(Expected)}, got {Show(Actual)}");

    private static string Show(byte? value) => value switch
    {
        null => "nothing more",
        >= 0x21 and <= 0x7E => $"0x{value:X2} ('{(char)value}')",
        _ => $"0x{value:X2}",
    };
}
