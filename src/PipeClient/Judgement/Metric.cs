using System.Globalization;
using PipeClient.Load.Outcome;

namespace PipeClient.Judgement;

/// <summary>
/// A figure of a run that an assertion can be about. There may be none of it: a run without a message has no percentiles.
/// </summary>
internal sealed record Metric(string Name, MetricKind Kind, Func<LoadResult, double?> Read)
{
    private const string Errors = "errors";
    private const string ErrorRate = "error-rate";
    private const string Percentile = "p";

    /// <summary>What the times can be of; the first is what a metric without a prefix is about.</summary>
    private static readonly (string Prefix, Func<Latencies, LatencyHistogram> Of)[] _times =
    [
        ("message", static latencies => latencies.Headline),
        ("first-byte", static latencies => latencies.HeadlineFirstByte),
        ("connect", static latencies => latencies.Connect),
        ("uncorrected", static latencies => latencies.Message),
        ("lag", static latencies => latencies.ClientLag),
    ];

    private static readonly Metric[] _figures =
    [
        new("rate", MetricKind.Rate, static result => result.MessagesPerSecond),
        new("messages", MetricKind.Count, static result => result.Messages),
        new(Errors, MetricKind.Count, static result => result.Failed),
        new(ErrorRate, MetricKind.Share, static result => (double)result.Failed / result.Requested),
        new("connections", MetricKind.Count, static result => result.MaxConcurrent),
        new("connect-time", MetricKind.Time, static result => result.ConnectTime.TotalSeconds),
        new("unanswered", MetricKind.Count, static result => result.Unanswered),
        new("unsent", MetricKind.Count, static result => result.Unsent),
        new("fairness", MetricKind.Share, static result => result.Fairness.Ratio()),
        new("slowest", MetricKind.Count, static result => result.Fairness.Fewest),
        new("fastest", MetricKind.Count, static result => result.Fairness.Most),
    ];

    /// <summary>All names, for those who have typed another one.</summary>
    public static string Names { get; } =
        "p50, p99, p99.9 (any percentile), min, mean, max, "
        + $"each also after {string.Join(", ", _times.Select(time => time.Prefix + "."))}; "
        + string.Join(", ", _figures.Select(figure => figure.Name));

    /// <summary>Whether it says how many connections may fail.</summary>
    public bool IsOfErrors => Name is Errors or ErrorRate;

    public static Metric? Find(string name)
    {
        if (Array.Find(_figures, figure => figure.Name == name) is { } figure)
        {
            return figure;
        }

        var times = Array.Find(_times, time => name.StartsWith(time.Prefix + ".", StringComparison.Ordinal));
        var statistic = times.Of is null ? name : name[(times.Prefix.Length + 1)..];
        return Statistic(statistic) is { } read ? new Metric(name, MetricKind.Time, Of(times.Of ?? _times[0].Of, read)) : null;
    }

    private static Func<LoadResult, double?> Of(Func<Latencies, LatencyHistogram> times, Func<LatencyHistogram, TimeSpan> read) =>
        result => times(result.Latencies) is { Count: > 0 } histogram ? read(histogram).TotalSeconds : null;

    private static Func<LatencyHistogram, TimeSpan>? Statistic(string name) => name switch
    {
        "min" => static histogram => histogram.Min,
        "mean" => static histogram => histogram.Mean,
        "max" => static histogram => histogram.Max,
        _ => ParsePercentile(name) is { } percentile ? histogram => histogram.At(percentile) : null,
    };

    /// <summary><c>p50</c>, <c>p99.9</c>; <c>p999</c> is what people write for the latter.</summary>
    private static double? ParsePercentile(string name)
    {
        if (!name.StartsWith(Percentile, StringComparison.Ordinal))
        {
            return null;
        }

        var digits = name[Percentile.Length..];
        var text = digits.Length > 2 && digits != "100" && !digits.Contains('.', StringComparison.Ordinal) ? digits.Insert(2, ".") : digits;
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percentile)
            && percentile is > 0 and <= 100
                ? percentile
                : null;
    }
}
