namespace Compare.Counters;

/// <summary>
/// Remembers the longest pause of any collection, by an object that each collection finalizes and that leaves the next one behind. The
/// runtime itself keeps only the last one's and the sum.
/// </summary>
internal sealed class PauseWatch
{
    private static long _longest;

    private PauseWatch()
    {
    }

    ~PauseWatch()
    {
        foreach (var pause in GC.GetGCMemoryInfo(GCKind.Any).PauseDurations)
        {
            // Only the finalizer thread writes more than zero.
            if (pause.Ticks > Volatile.Read(ref _longest))
            {
                Volatile.Write(ref _longest, pause.Ticks);
            }
        }

        Start();
    }

    public static void Start() => _ = new PauseWatch();

    /// <summary>Since the last call.</summary>
    public static TimeSpan TakeLongest() => new(Interlocked.Exchange(ref _longest, 0));
}
