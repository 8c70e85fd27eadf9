using System.Globalization;
using System.Text;

namespace Compare.Counters;

/// <summary>What the runtime and the kernel have counted for this process so far.</summary>
internal static class Snapshot
{
    /// <summary>
    /// As a line of JSON. Exact, which stops all threads for a moment: without that, what each thread has taken in advance counts as
    /// allocated. So it is asked outside the time that is measured.
    /// </summary>
    public static byte[] Take()
    {
        var (voluntary, involuntary) = ContextSwitches.Read();
        (string Name, double Value)[] counters =
        [
            ("allocatedBytes", GC.GetTotalAllocatedBytes(precise: true)),
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
