using System.Globalization;

namespace ThreadTransport.Internal;

/// <summary>Sizes as people write them: <c>262144</c>, <c>256KB</c>, <c>1.5 MB</c>. One K is 1,024.</summary>
internal static class ByteSize
{
    private static readonly (string Suffix, long Factor)[] _units =
    [
        ("KIB", 1L << 10), ("MIB", 1L << 20), ("GIB", 1L << 30),
        ("KB", 1L << 10), ("MB", 1L << 20), ("GB", 1L << 30),
        ("K", 1L << 10), ("M", 1L << 20), ("G", 1L << 30),
        ("B", 1),
    ];

    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        var number = text.AsSpan().Trim();
        long factor = 1;
        foreach (var (suffix, unit) in _units)
        {
            if (number.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                number = number[..^suffix.Length].TrimEnd();
                factor = unit;
                break;
            }
        }

        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            || value > long.MaxValue / factor
            || value * factor != decimal.Truncate(value * factor))
        {
            return false;
        }

        bytes = (long)(value * factor);
        return true;
    }

    public static string Format(long bytes) => bytes switch
    {
        >= 1L << 30 when bytes % (1L << 30) == 0 => $"{bytes >> 30}GB",
        >= 1L << 20 when bytes % (1L << 20) == 0 => $"{bytes >> 20}MB",
        >= 1L << 10 when bytes % (1L << 10) == 0 => $"{bytes >> 10}KB",
        _ => bytes.ToString(CultureInfo.InvariantCulture),
    };
}
