using PipeClient.Load.Links;
using PipeClient.Load.Messages;
using PipeClient.Load.Outcome;
using PipeClient.Load.Timing;

namespace PipeClient.Load.Echoing;

/// <summary>What all connections of a run share.</summary>
internal sealed class EchoContext
{
    private readonly Recorder[][] _recorders;
    private readonly int[] _failedOf;
    private readonly ILoadObserver _observer;
    private readonly bool _hasTickets;
    private long _tickets = long.MaxValue;

    public EchoContext(LoadOptions options, ILoadObserver observer)
    {
        _observer = observer;
        Content = options.Content;
        Verify = options.Verify;
        Depth = options.PipelineDepth;
        _hasTickets = options.TotalMessages is not null;
        _failedOf = new int[options.Targets.Count];
        // One share for each processor, so that they seldom meet at a lock.
        var isOpenLoop = options.Mode == LoadMode.Open;
        var hasWarmUp = options.WarmUp > TimeSpan.Zero;
        _recorders = [.. options.Targets.Select(_ =>
            Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Recorder(isOpenLoop, hasWarmUp)).ToArray())];
        Shape = new LinkShape(options.Connections, options.Content.MaxSize, options.PipelineDepth);
    }

    public MessageContent Content { get; }

    public Verification Verify { get; }

    /// <summary>How many replies a connection may owe.</summary>
    public int Depth { get; }

    /// <summary>When messages are due, in an open loop. Set before the first one is.</summary>
    public Schedule? Schedule { get; set; }

    public LinkShape Shape { get; }

    public ConnectionCount Connections { get; } = new();

    public FailureLedger Failures { get; } = new();

    public RoundCountdown Round { get; } = new();

    public IReadOnlyList<Recorder[]> Recorders => _recorders;

    public IReadOnlyList<int> FailedByTarget => _failedOf;

    public Recorder RecorderOf(int connection, int target) =>
        _recorders[target][connection / _recorders.Length % Environment.ProcessorCount];

    /// <summary>How many messages all connections together may still begin.</summary>
    public void SetTickets(long count) => Volatile.Write(ref _tickets, count);

    public bool TryTakeTicket() => !_hasTickets || Interlocked.Decrement(ref _tickets) >= 0;

    public void Fail(Failure failure, int target, int times = 1)
    {
        Failures.Add(failure, times);
        Interlocked.Add(ref _failedOf[target], times);
        _observer.Failed(failure);
    }
}
