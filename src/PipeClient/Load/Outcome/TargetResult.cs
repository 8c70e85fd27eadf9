namespace PipeClient.Load.Outcome;

/// <summary>What a run did with one of its targets.</summary>
internal sealed record TargetResult
{
    public required Target Target { get; init; }

    /// <summary>How many connections it was to have.</summary>
    public required int Requested { get; init; }

    /// <summary>How many of them were opened.</summary>
    public required int Opened { get; init; }

    /// <summary>How many connections failed, those that could not be opened included.</summary>
    public required int Failed { get; init; }

    /// <summary>Whole messages that came back while the load was measured.</summary>
    public required long Messages { get; init; }

    /// <summary>From the start of sending to the last byte, in a closed loop; from the time due in an open one.</summary>
    public required LatencyHistogram Latency { get; init; }
}
