using ThreadTransport.Internal.Diagnostics;
using ThreadTransport.Internal.Overstay;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Internal.Connections;

/// <summary>What all connections of one transport share. Made with the transport, and gone with it.</summary>
internal sealed class TransportServices : IDisposable
{
    /// <summary>Below this the runtime may move awaited continuations to the pool.</summary>
    private const int ComfortableStackSize = 192 * 1024;

    private volatile bool _started;

    public TransportServices(
        ThreadTransportOptions options,
        int maxBorrowed,
        ConnectionLog connectionLog,
        ThreadTransportLog log,
        TransportMetrics metrics)
    {
        Options = options;
        ConnectionLog = connectionLog;
        Log = log;
        Metrics = metrics;
        Threads = new ThreadCache(options, log);
        Borrowed = new BorrowedThreads(Threads, maxBorrowed, () => Tick!.EnsureAwake(), log.TurnFailed);
        Tick = new OverstayTick(Stays, Borrowed.Tick, log.ThreadFailed);
    }

    public ThreadTransportOptions Options { get; }

    public ConnectionLog ConnectionLog { get; }

    public ThreadTransportLog Log { get; }

    public TransportMetrics Metrics { get; }

    public ThreadCache Threads { get; }

    public BorrowedThreads Borrowed { get; }

    public StayTable Stays { get; } = new();

    public OverstayTick Tick { get; }

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

            Tick.Start();
            Threads.Start();
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
        Tick.Dispose();
    }
}
