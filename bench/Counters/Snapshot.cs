using System.Globalization;
using System.Text;

namespace Compare.Counters;

/// <summary>What the runtime and the kernel have counted for this process so far.</summary>
internal static class Snapshot
{
    /// <summary>As a line of JSON.</summary>
    /// <param name="isExact">
    /// Whether what each thread has taken in advance, up to 8 KB, does not count as allocated. That stops all threads for a moment, and where
    /// thousands want one core the moment is many seconds long: all of them come before the one that lets them go on.
    /// </param>
    public static byte[] Take(bool isExact)
    {
        var (voluntary, involuntary) = ContextSwitches.Read();
        (string Name, double Value)[] counters =
        [
            ("allocatedBytes", GC.GetTotalAllocatedBytes(isExact)),
            ("collections", GC.CollectionCount(0)),
            ("pauseMilliseconds", GC.GetTotalPauseDuration().TotalMilliseconds),
            ("longestPauseMilliseconds", PauseWatch.TakeLongest().TotalMilliseconds),
            ("voluntarySwitches", voluntary),
            ("involuntarySwitches", involuntary),
            ("poolThreads", ThreadPool.ThreadCount),
        ];
        var fields = counters.Select(counter => string.Create(CultureInfo.InvariantCulture, $"\"{counter.Name}\":{counter.Value}"));
        return Encoding.ASCII.GetBytes($"{{{string.Join(',', fields)}}}\n");
    }
}
