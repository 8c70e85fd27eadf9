using System.Diagnostics;

namespace Compare.Measurement;

/// <summary>
/// Looks at a server from outside, through the kernel: peaks at intervals, processor time at the marks that the load sets. The
/// server does nothing for it.
/// </summary>
internal sealed class ServerMonitor : IAsyncDisposable
{
    /// <summary>Between marks only the number of threads can rise and fall unseen; reading it takes about 20 microseconds.</summary>
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(100);

    /// <summary>How much shorter than in truth the time between two marks may be: so much work may be missing.</summary>
    private const double MostMissing = 0.1;

    /// <summary>
    /// How much longer it may be. More is harmless here: pauses between rounds, in which the server idles too, are part of the
    /// time between the marks and not of the rounds.
    /// </summary>
    private const double MostPauses = 0.25;

    private readonly int _process;
    private readonly PeriodicTimer _timer = new(_interval);
    private readonly Lock _lock = new();
    private readonly Dictionary<int, (TimeSpan Cpu, long Timestamp)> _marks = [];
    private Task _watching = Task.CompletedTask;
    private ProcessStatus _peak;

    private ServerMonitor(int process) => _process = process;

    public int PeakThreads
    {
        get
        {
            lock (_lock)
            {
                return _peak.Threads;
            }
        }
    }

    public static ServerMonitor Start(int process)
    {
        var monitor = new ServerMonitor(process);
        monitor.Look();
        monitor._watching = monitor.WatchAsync();
        return monitor;
    }

    /// <summary>Notes the server's processor time. The caller is whoever has just read of the moment, on whatever thread.</summary>
    public void Mark(int number)
    {
        // First of all: every microsecond later counts for the next interval.
        var cpu = CpuClock.Read(_process);
        var timestamp = Stopwatch.GetTimestamp();
        lock (_lock)
        {
            if (cpu is { } time)
            {
                _marks[number] = (time, timestamp);
            }
        }

        Look();
    }

    /// <param name="first">The mark where it begins.</param>
    /// <param name="last">The mark where it ends.</param>
    /// <param name="expected">How long it was in truth, by the clock of whoever did the work.</param>
    /// <returns>
    /// The server's processor time, or null when the marks were not set in time: lines that come milliseconds apart are read
    /// together, or late on a busy machine, and then the time between them says nothing.
    /// </returns>
    public TimeSpan? CpuBetween(int first, int last, TimeSpan expected)
    {
        lock (_lock)
        {
            return _marks.TryGetValue(first, out var begin) && _marks.TryGetValue(last, out var end)
                && Stopwatch.GetElapsedTime(begin.Timestamp, end.Timestamp) / expected is >= 1 - MostMissing and <= 1 + MostPauses
                    ? end.Cpu - begin.Cpu
                    : null;
        }
    }

    /// <summary>The kernel's own high-water mark, up to now.</summary>
    public long PeakResidentKilobytes()
    {
        Look();
        lock (_lock)
        {
            return _peak.PeakResidentKilobytes;
        }
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
            lock (_lock)
            {
                _peak = new ProcessStatus(
                    Math.Max(_peak.Threads, now.Threads), Math.Max(_peak.PeakResidentKilobytes, now.PeakResidentKilobytes));
            }
        }
    }
}
