using System.Runtime.InteropServices;

[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]

namespace Compare.Processes;

/// <summary>The few calls for which the runtime has no word.</summary>
internal static class Libc
{
    public const int SignalKill = 9;
    public const int SignalTerminate = 15;
    public const int SetParentDeathSignal = 1;
    public const int EndedChildren = -1;

    /// <summary>struct rusage of 64-bit Linux, which begins with the user's time and the system's, in seconds and microseconds each.</summary>
    public const int ResourceUsageWords = 18;

#pragma warning disable IDE1006, SYSLIB1054 // The names libc has for them; source generation would need unsafe code in this project.
    [DllImport("libc", SetLastError = true)]
    public static extern int kill(int process, int signal);

    [DllImport("libc", SetLastError = true)]
    public static extern int prctl(int option, nuint argument);

    [DllImport("libc")]
    public static extern int getppid();

    [DllImport("libc", SetLastError = true)]
    public static extern int setpgid(int process, int group);

    [DllImport("libc", SetLastError = true)]
    public static extern int unsetenv([MarshalAs(UnmanagedType.LPUTF8Str)] string name);

    [DllImport("libc", SetLastError = true)]
    public static extern int execvp(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string file,
        [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] arguments);

    [DllImport("libc", SetLastError = true)]
    public static extern int sched_getaffinity(int process, nuint size, ulong[] mask);

    [DllImport("libc", SetLastError = true)]
    public static extern int sched_setaffinity(int process, nuint size, ulong[] mask);

    [DllImport("libc", SetLastError = true)]
    public static extern int getrusage(int who, long[] usage);

    /// <returns>The error itself, not -1.</returns>
    [DllImport("libc")]
    public static extern int clock_getcpuclockid(int process, out int clock);

    [DllImport("libc", SetLastError = true)]
    public static extern int clock_gettime(int clock, out TimeSpecification time);
#pragma warning restore IDE1006, SYSLIB1054

    [StructLayout(LayoutKind.Sequential)]
    public readonly struct TimeSpecification
    {
        private readonly nint _seconds;
        private readonly nint _nanoseconds;

        public TimeSpan ToTimeSpan() => TimeSpan.FromSeconds(_seconds) + new TimeSpan(_nanoseconds / TimeSpan.NanosecondsPerTick);
    }
}
