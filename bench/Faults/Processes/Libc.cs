using System.Runtime.InteropServices;

[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]

namespace Faults.Processes;

/// <summary>The one call for which the runtime has no word.</summary>
internal static class Libc
{
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

#pragma warning disable IDE1006, SYSLIB1054 // The name libc has for it; source generation would need unsafe code in this project.
    [DllImport("libc", SetLastError = true)]
    public static extern int kill(int process, int signal);
#pragma warning restore IDE1006, SYSLIB1054
}
