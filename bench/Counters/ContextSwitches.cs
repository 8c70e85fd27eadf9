using System.Runtime.InteropServices;

[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]

namespace Compare.Counters;

/// <summary>
/// How often the threads of this process, those that have ended too, have given up a core (voluntary) or lost it (involuntary). One
/// call of the kernel, where reading it from outside would be a file for each thread.
/// </summary>
internal static class ContextSwitches
{
    private const int Self = 0;

    /// <summary>struct rusage of 64-bit Linux: two times of two words, fourteen counters, these two the last of them.</summary>
    private const int Words = 18;

    public static (long Voluntary, long Involuntary) Read()
    {
        var usage = new long[Words];
        return getrusage(Self, usage) == 0 ? (usage[^2], usage[^1]) : (0, 0);
    }

    [DllImport("libc")]
#pragma warning disable IDE1006, SYSLIB1054 // The name libc has for it; source generation would need unsafe code in this project.
    private static extern int getrusage(int who, long[] usage);
#pragma warning restore IDE1006, SYSLIB1054
}
