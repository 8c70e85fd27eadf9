using System.Globalization;

namespace PipeClient.Load.Outcome;

/// <summary>The first byte of a reply that differs.</summary>
internal readonly record struct EchoMismatch(int Offset, byte Expected, byte Actual)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"at offset {Offset} expected {Show(Expected)}, got {Show(Actual)}");

    /// <summary>A byte for people.</summary>
    public static string Show(byte value) => value is >= 0x21 and <= 0x7E ? $"0x{value:X2} ('{(char)value}')" : $"0x{value:X2}";
}
