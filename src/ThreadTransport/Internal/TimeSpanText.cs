using System.Globalization;

namespace ThreadTransport.Internal;

/// <summary>
/// Times as people write them: <c>30</c> is seconds, <c>50us</c>, <c>500ms</c>, <c>30s</c>, <c>2m</c> and <c>1h</c> say what they are,
/// <c>00:00:30</c> is hours, minutes and seconds, and <c>infinite</c> has no end.
/// </summary>
internal static class TimeSpanText
{
    /// <summary>What a message shows to those who have written something else.</summary>
    public const string Forms = "Write seconds (30), a number with a unit (\"50us\", \"500ms\", \"30s\", \"2m\", \"1h\"), "
        + "hours:minutes:seconds (\"00:00:30\"), or \"infinite\".";

    private static readonly (string Suffix, TimeSpan Unit)[] _units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)),
        ("us", TimeSpan.FromMicroseconds(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)),
    ];

    public static bool TryParse(string text, out TimeSpan time)
    {
        text = text.Trim();
        if (string.Equals(text, "infinite", StringComparison.OrdinalIgnoreCase))
        {
            time = Timeout.InfiniteTimeSpan;
            return true;
        }

        // Without a colon TimeSpan.Parse would take whole days.
        return text.Contains(':') ? TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out time) : TryParseNumber(text, out time);
    }

    private static bool TryParseNumber(ReadOnlySpan<char> number, out TimeSpan time)
    {
        time = default;
        var unit = TimeSpan.FromSeconds(1);
        foreach (var (suffix, of) in _units)
        {
            if (number.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                number = number[..^suffix.Length].TrimEnd();
                unit = of;
                break;
            }
        }

        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            || value > TimeSpan.MaxValue.Ticks / unit.Ticks)
        {
            return false;
        }

        time = TimeSpan.FromTicks((long)(value * unit.Ticks));
        return true;
    }
}
