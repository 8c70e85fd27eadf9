namespace PipeClient.Load.Outcome;

/// <summary>A second of a run, from its start on, connects and warm-up included; the last one is shorter.</summary>
internal sealed record LoadInterval
{
    /// <summary>From 1.</summary>
    public required int Number { get; init; }

    /// <summary>The phase at its end.</summary>
    public required LoadPhase Phase { get; init; }

    /// <summary>From the run's start to the interval's.</summary>
    public required TimeSpan Start { get; init; }

    public required TimeSpan Length { get; init; }

    /// <summary>Connections open at its end.</summary>
    public required int Connections { get; init; }

    /// <summary>Connections opened in it.</summary>
    public required int Opened { get; init; }

    /// <summary>Connections that failed in it.</summary>
    public required int Failed { get; init; }

    /// <summary>Whole messages that came back in it.</summary>
    public required long Messages { get; init; }

    public required long BytesSent { get; init; }

    public required long BytesReceived { get; init; }

    /// <summary>The times of what ended in it. To be read during the call that brings it only: the next second uses it again.</summary>
    public required Latencies Latencies { get; init; }

    public double MessagesPerSecond => Length > TimeSpan.Zero ? Messages / Length.TotalSeconds : 0;
}
