namespace ThreadTransport.Internal.Overstay;

/// <summary>
/// A thread that looks at every connection a few times a second, and lets those know that want to end when they are idle. Not a timer:
/// its callbacks need the pool, which the application may hold up. There is none unless idle connections are to end.
/// </summary>
internal sealed class IdleWatch(StayTable table, Action<Exception> onError) : IDisposable
{
    /// <summary>
    /// By how much a connection may outlast its time, twice. One look at 10,000 connections takes less than a millisecond.
    /// </summary>
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(250);

    private readonly object _gate = new();
    private Thread? _thread;
    private bool _disposed;

    /// <summary>Starts the thread. To be called once, where failing is allowed.</summary>
    public void Start()
    {
        var thread = new Thread(static watch => ((IdleWatch)watch!).Run(), 256 * 1024) { Name = "idle watch", IsBackground = true };
        thread.UnsafeStart(this);
        _thread = thread;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            Monitor.Pulse(_gate);
        }

        _thread?.Join();
    }

    private void Run()
    {
        while (!IsOver())
        {
            try
            {
                table.ForEachOwner(static owner => owner.OnIdleLook());
            }
            catch (Exception exception)
            {
                onError(exception);
            }
        }
    }

    private bool IsOver()
    {
        lock (_gate)
        {
            return _disposed || (Monitor.Wait(_gate, _interval) && _disposed);
        }
    }
}
