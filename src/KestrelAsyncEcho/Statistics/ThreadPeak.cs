namespace KestrelAsyncEcho.Statistics;

/// <summary>
/// The most threads that this process was seen with. Looked at every tenth of a second by a timer, and when connections open,
/// where a burst may come and go between two ticks. Any thread may call.
/// </summary>
internal sealed class ThreadPeak : IDisposable
{
    private const int PeriodMilliseconds = 100;

    // A look costs some 20 microseconds: at most one in a thousand of the time, however fast connections come.
    private const int LeastMillisecondsBetweenLooks = 20;

    private readonly ProcessStatus _status;
    private readonly Timer _timer;
    private int _peak;
    private long _nextLook;

    public ThreadPeak(ProcessStatus status)
    {
        _status = status;
        _timer = new Timer(static self => ((ThreadPeak)self!).Sample(), this, Timeout.Infinite, Timeout.Infinite);
    }

    public int Value => Volatile.Read(ref _peak);

    public void Start() => _timer.Change(0, PeriodMilliseconds);

    public void Sample() => InterlockedMax.Raise(ref _peak, _status.Threads());

    public void SampleIfDue()
    {
        var now = Environment.TickCount64;
        var due = Volatile.Read(ref _nextLook);
        if (now >= due
            && _status.IsCheap
            && Interlocked.CompareExchange(ref _nextLook, now + LeastMillisecondsBetweenLooks, due) == due)
        {
            Sample();
        }
    }

    public void Dispose()
    {
        // Waits for a tick under way, which still reads the status.
        using var ended = new ManualResetEvent(false);
        if (_timer.Dispose(ended))
        {
            ended.WaitOne();
        }
    }
}
