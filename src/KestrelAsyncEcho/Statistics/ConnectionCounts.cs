namespace KestrelAsyncEcho.Statistics;

/// <summary>How many connections there are, were at most, and were in all. Any thread may call, none waits.</summary>
internal sealed class ConnectionCounts
{
    private int _now;
    private int _peak;
    private long _total;

    public int Now => Volatile.Read(ref _now);

    public int Peak => Volatile.Read(ref _peak);

    public long Total => Interlocked.Read(ref _total);

    public void Opened()
    {
        Interlocked.Increment(ref _total);
        InterlockedMax.Raise(ref _peak, Interlocked.Increment(ref _now));
    }

    public void Closed() => Interlocked.Decrement(ref _now);
}
