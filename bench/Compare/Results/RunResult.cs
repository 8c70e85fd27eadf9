using Compare.Load;

namespace Compare.Results;

/// <summary>What one run has shown: a fresh server under the whole load of one case.</summary>
internal sealed record RunResult
{
    /// <summary>Which session it belongs to, by its place in the file.</summary>
    public required int Session { get; init; }

    public required string Scenario { get; init; }

    /// <summary>Which of the scenario's cases.</summary>
    public required string Case { get; init; }

    public required int Connections { get; init; }

    /// <summary>Whether server and client had cores of their own.</summary>
    public required bool IsPinned { get; init; }

    public required string Server { get; init; }

    /// <summary>From 1; runs of the same round follow each other, a server after the other.</summary>
    public required int Round { get; init; }

    /// <summary>By the keys of the metrics; what is not known is not there.</summary>
    public required IReadOnlyDictionary<string, double> Values { get; init; }

    public required IReadOnlyList<LatencyPoint> Latency { get; init; }

    /// <summary>How many cores' worth of work others did meanwhile.</summary>
    public required double OtherCores { get; init; }

    /// <summary>How many cores' worth of time the machine's own host took away meanwhile.</summary>
    public required double StolenCores { get; init; }

    public required bool IsDisturbed { get; init; }
}
