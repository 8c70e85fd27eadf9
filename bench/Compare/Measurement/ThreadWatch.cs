namespace Compare.Measurement;

/// <summary>Looks at intervals how many threads a server has: between two samples only these can rise and fall unseen.</summary>
internal sealed class ThreadWatch : IAsyncDisposable
{
    /// <summary>A look takes some 20 microseconds.</summary>
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(100);

    private readonly int _process;
    private readonly PeriodicTimer _timer = new(_interval);
    private Task _watching = Task.CompletedTask;
    private int _peak;

    private ThreadWatch(int process) => _process = process;

    /// <summary>The most that were seen.</summary>
    public int Peak
    {
        get
        {
            Look();
            return Volatile.Read(ref _peak);
        }
    }

    public static ThreadWatch Start(int process)
    {
        var watch = new ThreadWatch(process);
        watch.Look();
        watch._watching = watch.WatchAsync();
        return watch;
    }

    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _watching;
    }

    private async Task WatchAsync()
    {
        while (await _timer.WaitForNextTickAsync())
        {
            Look();
        }
    }

    private void Look()
    {
        if (ProcessStatus.Read(_process) is { } now)
        {
            Volatile.Write(ref _peak, Math.Max(Volatile.Read(ref _peak), now.Threads));
        }
    }
}
