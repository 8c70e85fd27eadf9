namespace PipeClient.Load.Outcome;

/// <summary>Counts open connections. Any thread.</summary>
internal sealed class ConnectionCount
{
    private readonly Lock _lock = new();

    public int Total { get; private set; }

    public int Now { get; private set; }

    public int Max { get; private set; }

    public void Opened()
    {
        lock (_lock)
        {
            Total++;
            Now++;
            Max = Math.Max(Max, Now);
        }
    }

    public void Closed()
    {
        lock (_lock)
        {
            Now--;
        }
    }
}
