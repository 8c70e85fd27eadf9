namespace PipeClient.Load.Outcome;

/// <summary>Counts failures by reason and keeps the first of each as the example to show. Any thread.</summary>
internal sealed class FailureLedger
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<FailureReason, FailureCount> _counts = [];

    public int Total { get; private set; }

    public void Add(Failure failure, int times = 1)
    {
        lock (_lock)
        {
            var before = _counts.GetValueOrDefault(failure.Reason) ?? new FailureCount(failure.Reason, 0, failure);
            Total += times;
            _counts[failure.Reason] = before with { Count = before.Count + times };
        }
    }

    public IReadOnlyList<FailureCount> Snapshot()
    {
        lock (_lock)
        {
            return [.. _counts.Values];
        }
    }
}
