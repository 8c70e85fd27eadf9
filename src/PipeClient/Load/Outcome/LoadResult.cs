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

    public int Failed => Failures.Sum(f => f.Count);

    public TimeSpan EchoTime => Rounds.Aggregate(TimeSpan.Zero, (sum, round) => sum + round.Elapsed);

    public EchoMismatch? FirstMismatch => Failures.FirstOrDefault(f => f.Reason == FailureReason.WrongEcho)?.First.Mismatch;
}
