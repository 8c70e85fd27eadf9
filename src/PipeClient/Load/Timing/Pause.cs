using System.Runtime.InteropServices;

namespace PipeClient.Load.Timing;

/// <summary>
/// Sleeps until a time of the <see cref="Clock"/>. Linux does so to about 60 microseconds; its default slack is left as it is, for a
/// timer of its own for every message would cost a core. Elsewhere a millisecond has to do. Either may be late, and the caller looks
/// at the clock again.
/// </summary>
internal static partial class Pause
{
    private const int ClockMonotonic = 1;
    private const int AbsoluteTime = 1;
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const long NanosecondsPerMillisecond = 1_000_000;

    public static void Until(long time)
    {
        if (OperatingSystem.IsLinux())
        {
            var request = new TimeSpec { Seconds = (nint)(time / NanosecondsPerSecond), Nanoseconds = (nint)(time % NanosecondsPerSecond) };
            _ = ClockNanosleep(ClockMonotonic, AbsoluteTime, in request, 0);
        }
        else
        {
            Thread.Sleep((int)Math.Clamp((time - Clock.Now) / NanosecondsPerMillisecond, 0, 1000));
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_nanosleep")]
    private static partial int ClockNanosleep(int clock, int flags, in TimeSpec request, nint remaining);

    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
