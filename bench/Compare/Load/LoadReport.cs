using System.Text.Json;
using System.Text.Json.Serialization;

namespace Compare.Load;

/// <summary>A load client's own account of what it measured: the line of JSON that it ends with.</summary>
internal sealed record LoadReport
{
    /// <summary>Whole messages that came back right while it measured.</summary>
    public required long Messages { get; init; }

    /// <summary>How long it measured.</summary>
    public required double MeasuredSeconds { get; init; }

    /// <summary>How many were not answered in time, or wrongly, by what was the matter.</summary>
    public required IReadOnlyDictionary<string, long> Failed { get; init; }

    public required Fairness Fairness { get; init; }

    /// <summary>In steps as fine as the client has them.</summary>
    [JsonIgnore]
    public IReadOnlyList<LatencyPoint> Latency => Points ?? LatencySeconds?.Message?.ToPoints() ?? [];

    /// <summary>Of a client that has many steps.</summary>
    [JsonPropertyName("latency")]
    public IReadOnlyList<LatencyPoint>? Points { get; init; }

    /// <summary>The main ones alone, of a client that has these.</summary>
    public LatencyKinds? LatencySeconds { get; init; }

    public double MessagesPerSecond => MeasuredSeconds > 0 ? Messages / MeasuredSeconds : 0;

    /// <returns>Null for any other line.</returns>
    public static LoadReport? Parse(string line)
    {
        if (!line.StartsWith('{'))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(line, LoadJson.Default.LoadReport);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The latency at a percentile that the client has listed.</summary>
    public double? At(double percentile)
    {
        foreach (var point in Latency)
        {
            if (point.Percentile >= percentile)
            {
                return point.Microseconds;
            }
        }

        return null;
    }
}

/// <summary>Messages of the connection that got the fewest, and of the one that got the most.</summary>
internal sealed record Fairness(long Fewest, long Most);

/// <summary>Of the client's kinds of latency the one from sending a message to the last byte of its reply.</summary>
internal sealed record LatencyKinds(LatencyTimes? Message);

/// <summary>In seconds; <c>P999</c> is the 99.9th percentile.</summary>
internal sealed record LatencyTimes(double Min, double P50, double P90, double P99, double P999, double P9999, double Max)
{
    private const double MicrosecondsPerSecond = 1e6;

    public IReadOnlyList<LatencyPoint> ToPoints() =>
    [
        new(0, Min * MicrosecondsPerSecond),
        new(50, P50 * MicrosecondsPerSecond),
        new(90, P90 * MicrosecondsPerSecond),
        new(99, P99 * MicrosecondsPerSecond),
        new(99.9, P999 * MicrosecondsPerSecond),
        new(99.99, P9999 * MicrosecondsPerSecond),
        new(100, Max * MicrosecondsPerSecond),
    ];
}

/// <summary>So many per cent of all messages took at most this long.</summary>
internal sealed record LatencyPoint(double Percentile, double Microseconds);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LoadReport))]
internal sealed partial class LoadJson : JsonSerializerContext;
