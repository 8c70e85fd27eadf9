using System.Buffers;
using System.Globalization;

namespace PipeClient.Judgement;

/// <summary>What an assertion compares with: a number with the unit of its metric.</summary>
internal static class Bound
{
    private static readonly SearchValues<char> _digits = SearchValues.Create("0123456789.");

    public static bool TryParse(string text, MetricKind kind, out double bound)
    {
        var at = text.AsSpan().IndexOfAnyExcept(_digits);
        var unit = at < 0 ? "" : text[at..].Trim();
        bound = 0;
        if (Factor(unit, kind) is not { } factor
            || !double.TryParse(at < 0 ? text : text[..at], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        bound = number * factor;
        return true;
    }

    /// <summary>What is allowed, for those who have typed something else.</summary>
    public static string Describe(MetricKind kind) => kind switch
    {
        MetricKind.Time => "a time with its unit, such as 500us, 5ms or 1.5s",
        MetricKind.Rate => "a rate, such as 50000, 50k or 50k/s",
        MetricKind.Count => "a number, such as 0, 1000 or 10k",
        _ => "a share, such as 0.5 or 50%",
    };

    private static double? Factor(string unit, MetricKind kind) => (kind, unit.ToLowerInvariant()) switch
    {
        (MetricKind.Time, "ns") => 1e-9,
        (MetricKind.Time, "us" or "µs" or "μs") => 1e-6,
        (MetricKind.Time, "ms") => 1e-3,
        (MetricKind.Time, "s") => 1,
        (MetricKind.Time, "m") => 60,
        (MetricKind.Rate, "" or "/s") => 1,
        (MetricKind.Rate, "k" or "k/s") => 1e3,
        (MetricKind.Rate, "m" or "m/s") => 1e6,
        (MetricKind.Count, "") => 1,
        (MetricKind.Count, "k") => 1e3,
        (MetricKind.Count, "m") => 1e6,
        (MetricKind.Share, "") => 1,
        (MetricKind.Share, "%") => 0.01,
        _ => null,
    };
}
