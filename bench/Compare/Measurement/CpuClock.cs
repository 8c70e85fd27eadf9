using Compare.Processes;

namespace Compare.Measurement;

/// <summary>
/// The processor time of another process, its ended threads included: the sum of utime and stime in <c>/proc/PID/stat</c>, but
/// in nanoseconds, where that file counts in hundredths of a second.
/// </summary>
internal static class CpuClock
{
    /// <returns>Null when the process is gone.</returns>
    public static TimeSpan? Read(int process) =>
        Libc.clock_getcpuclockid(process, out var clock) == 0 && Libc.clock_gettime(clock, out var time) == 0
            ? time.ToTimeSpan()
            : null;
}
