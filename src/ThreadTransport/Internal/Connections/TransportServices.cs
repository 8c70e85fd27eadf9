using ThreadTransport.Internal.Diagnostics;
using ThreadTransport.Internal.Overstay;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Internal.Connections;

/// <summary>What all connections of one transport share. Made with the transport, and gone with it.</summary>
internal sealed class TransportServices : IDisposable
{
    public TransportServices(ThreadTransportOptions options, ConnectionLog connectionLog, ThreadTransportLog log)
    {
        Options = options;
        ConnectionLog = connectionLog;
        Log = log;
        Threads = new ThreadCache(options, log);
        Borrowed = new BorrowedThreads(Threads, () => Tick!.EnsureAwake());
        Tick = new OverstayTick(Stays, Borrowed.Tick, log.ThreadFailed);
    }

    public ThreadTransportOptions Options { get; }

    public ConnectionLog ConnectionLog { get; }

    public ThreadTransportLog Log { get; }

    public ThreadCache Threads { get; }

    public BorrowedThreads Borrowed { get; }

    public StayTable Stays { get; } = new();

    public OverstayTick Tick { get; }

    public void Dispose()
    {
        Threads.Dispose();
        Tick.Dispose();
    }
}
