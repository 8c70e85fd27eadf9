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

    /// <summary>The processor time of all children of this process that have ended.</summary>
    public static TimeSpan OfEndedChildren()
    {
        var usage = new long[Libc.ResourceUsageWords];
        return Libc.getrusage(Libc.EndedChildren, usage) == 0
            ? TimeSpan.FromSeconds(usage[0] + usage[2]) + TimeSpan.FromMicroseconds(usage[1] + usage[3])
            : TimeSpan.Zero;
    }
}
