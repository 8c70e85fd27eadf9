namespace PipeClient.Load.Outcome;

/// <summary>What a run did, complete or cut short.</summary>
internal sealed record LoadResult
{
    public required int Requested { get; init; }

    /// <summary>How many connections were opened over the whole run.</summary>
    public required int Total { get; init; }

    public required int MaxConcurrent { get; init; }

    /// <summary>How many connections are still open: 0 unless something leaks.</summary>
    public required int Concurrent { get; init; }

    public required TimeSpan ConnectTime { get; init; }

    /// <summary>How many connects were made again because the server's backlog was full.</summary>
    public required int ConnectRetries { get; init; }

    public required IReadOnlyList<RoundResult> Rounds { get; init; }

    public required IReadOnlyList<FailureCount> Failures { get; init; }

    public required bool Interrupted { get; init; }

    public LoadMode Mode { get; init; }

    /// <summary>How long the load ran that is counted, without connects, warm-up and hold.</summary>
    public TimeSpan MeasuredTime { get; init; }

    /// <summary>How long the load ran before it was counted.</summary>
    public TimeSpan WarmUpTime { get; init; }

    /// <summary>How long the connections were kept open without sending.</summary>
    public TimeSpan HoldTime { get; init; }

    /// <summary>Whole messages that came back, and were right, in the measured time.</summary>
    public long Messages { get; init; }

    /// <summary>Bytes of all messages that were sent in the measured time, those without a reply too.</summary>
    public long BytesSent { get; init; }

    public long BytesReceived { get; init; }

    /// <summary>Messages that were sent and not back when a load by time ended; nobody is to blame for them.</summary>
    public long Unanswered { get; init; }

    /// <summary>Messages that were due by an open loop's clock and had not been sent when it ended.</summary>
    public long Unsent { get; init; }

    /// <summary>The rate that an open loop was asked for, over all connections, a second; null in a closed one.</summary>
    public double? IntendedRate { get; init; }

    /// <summary>The measured time's; the connects' are those of the whole run.</summary>
    public Latencies Latencies { get; init; } = new(isOpenLoop: false);

    public Fairness Fairness { get; init; } = Fairness.None;

    /// <summary>In the order in which they were asked for.</summary>
    public IReadOnlyList<TargetResult> Targets { get; init; } = [];

    public double MessagesPerSecond => MeasuredTime > TimeSpan.Zero ? Messages / MeasuredTime.TotalSeconds : 0;

    public int Failed => Failures.Sum(f => f.Count);

    public TimeSpan EchoTime => Rounds.Aggregate(TimeSpan.Zero, (sum, round) => sum + round.Elapsed);

    public EchoMismatch? FirstMismatch => Failures.FirstOrDefault(f => f.Reason == FailureReason.WrongEcho)?.First.Mismatch;
}
