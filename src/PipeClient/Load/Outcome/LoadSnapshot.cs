namespace PipeClient.Load.Outcome;

/// <summary>How a run stands at one moment; messages of the warm-up are included, so that there is something to see.</summary>
internal sealed record LoadSnapshot
{
    public required LoadPhase Phase { get; init; }

    /// <summary>Since the run's start.</summary>
    public required TimeSpan Elapsed { get; init; }

    public required int Requested { get; init; }

    /// <summary>Connections that are open now.</summary>
    public required int Connections { get; init; }

    /// <summary>Connections that have failed so far.</summary>
    public required int Failed { get; init; }

    /// <summary>Whole messages that came back so far.</summary>
    public required long Messages { get; init; }

    /// <summary>Of the last whole second.</summary>
    public required double MessagesPerSecond { get; init; }

    /// <summary>99 per cent of the last second's messages were back within this time; null when none was.</summary>
    public required TimeSpan? P99 { get; init; }
}
