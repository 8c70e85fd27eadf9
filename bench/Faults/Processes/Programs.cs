using System.Reflection;
using System.Runtime.InteropServices;

namespace Faults.Processes;

/// <summary>Where the programs are that this one runs.</summary>
internal static class Programs
{
    /// <summary>The host of the very runtime that runs us: three folders above its libraries.</summary>
    public static string Dotnet { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));

    /// <summary>This program, to be run again.</summary>
    public static string Self => typeof(Programs).Assembly.Location;

    /// <summary>As the build has noted it in this assembly.</summary>
    public static string EchoHost => typeof(Programs).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(note => note.Key == "Program:KestrelAsyncEcho").Value!;
}
