using ThreadTransport.Internal.Diagnostics;
using ThreadTransport.Internal.Native;
using ThreadTransport.Internal.Overstay;
using ThreadTransport.Internal.Readiness;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Internal.Connections;

/// <summary>What all connections of one transport share. Made with the transport, and gone with it.</summary>
internal sealed class TransportServices : IDisposable
{
    /// <summary>Below this the runtime may move awaited continuations to the pool.</summary>
    private const int ComfortableStackSize = 192 * 1024;

    /// <summary>The others are for those who have something to do.</summary>
    private const int CoresForEachThatSpins = 4;

    private readonly int _ahead;
    private readonly int _mostThreads;
    private volatile bool _started;

    public TransportServices(
        ThreadTransportOptions options,
        ThreadBudget budget,
        ConnectionLog connectionLog,
        ThreadTransportLog log,
        TransportMetrics metrics)
    {
        Options = options;
        ConnectionLog = connectionLog;
        Log = log;
        Metrics = metrics;
        Threads = new ThreadCache(options, log);
        if (OperatingSystem.IsLinux())
        {
            if (options.YieldBeforeReceive)
            {
                var holds = Futex.IsSupported;
                RightOfWay = holds && Longest(options.HoldForNewConnections, 2) is var forNew && forNew > TimeSpan.Zero ? new RightOfWay(forNew) : null;
                CollectionHold = holds && Longest(options.HoldAfterCollection, 4) is var after && after > TimeSpan.Zero ? new CollectionHold(after) : null;
                YieldPace = new YieldPace(new TimeSlice(options.TimeSlice), RightOfWay, CollectionHold);
            }

            SpinLimit = options.SpinBeforeReceive > TimeSpan.Zero
                ? new SpinLimit(options.SpinBeforeReceive, Math.Max(1, Environment.ProcessorCount / CoresForEachThatSpins))
                : null;

            // A connection that is held back receives nothing, and must not be taken for idle, though by both one after the other.
            TimeSpan Longest(TimeSpan hold, int part) =>
                options.IdleTimeout is { } idle && idle != Timeout.InfiniteTimeSpan && idle / part < hold ? idle / part : hold;
        }

        _mostThreads = Math.Min(options.MaxConnections ?? int.MaxValue, budget.Connections)
            + budget.BorrowedByConnections + budget.BorrowedByRequests;
        _ahead = Math.Min(options.MinThreads, budget.Threads);
        BorrowedByConnections = new BorrowedThreads(Threads, budget.BorrowedByConnections, EnsureTick, log.TurnFailed);
        BorrowedByRequests = new BorrowedThreads(Threads, budget.BorrowedByRequests, EnsureTick, log.TurnFailed);
        IdleWatch = options.IdleTimeout is null || options.IdleTimeout == Timeout.InfiniteTimeSpan ? null : new IdleWatch(Stays, log.ThreadFailed);
        Tick = new OverstayTick(Stays, () => BorrowedByConnections.Tick() | BorrowedByRequests.Tick(), log.ThreadFailed);
    }

    public ThreadTransportOptions Options { get; }

    /// <summary>Null where connections' threads do not yield.</summary>
    public YieldPace? YieldPace { get; }

    /// <summary>Null where new connections have to wait for their share of the cores.</summary>
    public RightOfWay? RightOfWay { get; }

    /// <summary>Null where those that a collection has stopped have to wait for their share of the cores.</summary>
    public CollectionHold? CollectionHold { get; }

    /// <summary>Null where connections' threads sleep at once.</summary>
    public SpinLimit? SpinLimit { get; }

    public ConnectionLog ConnectionLog { get; }

    public ThreadTransportLog Log { get; }

    public TransportMetrics Metrics { get; }

    public ThreadCache Threads { get; }

    /// <summary>
    /// For what connections wait for while their own threads are busy: the reads and flushes of requests too. Apart from
    /// <see cref="BorrowedByRequests"/>, so that requests which block can't keep from one another what they block for.
    /// </summary>
    public BorrowedThreads BorrowedByConnections { get; }

    /// <summary>For requests that have no connection of their own: the streams of HTTP/2, and other transports' requests.</summary>
    public BorrowedThreads BorrowedByRequests { get; }

    public StayTable Stays { get; } = new();

    public OverstayTick Tick { get; }

    /// <summary>Null where the system has none, and before <see cref="Start"/>.</summary>
    public ReadinessPoller? Poller { get; private set; }

    /// <summary>Null where idle connections may stay.</summary>
    public IdleWatch? IdleWatch { get; }

    /// <summary>
    /// Starts the transport's own threads, where failing to is allowed: in the binding of its first endpoint, or in the first
    /// request that borrows one.
    /// </summary>
    public void Start()
    {
        if (_started)
        {
            return;
        }

        lock (Stays)
        {
            if (_started)
            {
                return;
            }

            Precompilation.Run();
            Futex.EnsureSlots(_mostThreads);
            Poller ??= OperatingSystem.IsLinux() ? StartPoller() : null;
            Tick.Start();
            IdleWatch?.Start();

            // The runtime starts its timer's thread with the first timer, and a pause after a failed accept must not be that:
            // what the accept lacked, the thread would lack too.
            _ = Task.Delay(1);
            Threads.Start(_ahead);
            _started = true;
        }

        if (Options.StackSize < ComfortableStackSize)
        {
            Log.SmallStack(Options.StackSize);
        }
    }

    public void Dispose()
    {
        Threads.Dispose();
        BorrowedByConnections.Close();
        BorrowedByRequests.Close();
        Tick.Dispose();
        IdleWatch?.Dispose();
        Poller?.Dispose();
    }

    private ReadinessPoller StartPoller()
    {
        var poller = new ReadinessPoller(Log.ThreadFailed);
        try
        {
            poller.Start();
            return poller;
        }
        catch
        {
            poller.Dispose();
            throw;
        }
    }

    private void EnsureTick() => Tick.EnsureAwake();
}
