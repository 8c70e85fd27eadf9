using System.Text.Json;
using System.Text.Json.Serialization;
using HdrHistogram;

namespace Load;

/// <summary>What was measured, as one line of JSON.</summary>
internal sealed record LoadReport
{
    public required long Messages { get; init; }

    public required double MeasuredSeconds { get; init; }

    /// <summary>How many exchanges failed, by what they said.</summary>
    public required IReadOnlyDictionary<string, long> Failed { get; init; }

    public required Fairness Fairness { get; init; }

    public required IReadOnlyList<LatencyPoint> Latency { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, ReportJson.Default.LoadReport);
}

/// <summary>Messages of the connection that got the fewest, and of the one that got the most.</summary>
internal sealed record Fairness(long Fewest, long Most);

/// <summary>So many per cent took at most this long.</summary>
internal sealed record LatencyPoint(double Percentile, double Microseconds)
{
    private const double TicksPerMicrosecond = TimeSpan.TicksPerMicrosecond;

    private static readonly double[] _percentiles =
        [0, 10, 25, 50, 75, 90, 95, 97.5, 99, 99.5, 99.75, 99.9, 99.95, 99.975, 99.99, 99.995, 99.999, 100];

    public static IReadOnlyList<LatencyPoint> Of(HistogramBase histogram) => histogram.TotalCount == 0
        ? []
        : [.. _percentiles.Select(percentile =>
            new LatencyPoint(percentile, histogram.GetValueAtPercentile(percentile) / TicksPerMicrosecond))];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LoadReport))]
internal sealed partial class ReportJson : JsonSerializerContext;
