using System.Reflection;
using System.Runtime.InteropServices;

namespace Compare.Processes;

/// <summary>Where the programs are that the comparison runs.</summary>
internal static class Programs
{
    /// <summary>The host of the very runtime that runs us, so that servers and client run on no other.</summary>
    public static string Dotnet { get; } = FindDotnet();

    public static string EchoHost => Find("KestrelAsyncEcho");

    public static string Client => Find("PipeClient");

    public static string HandlerHost => Find("Servers");

    public static string LoadProgram => Find("Load");

    /// <summary>What a .NET server loads beside itself, so that its runtime can be asked.</summary>
    public static string Counters => Find("Compare.Counters");

    /// <summary>What the build has noted in the assembly.</summary>
    public static string? BuildNote(string key) => typeof(Programs).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .FirstOrDefault(note => note.Key == key)?.Value;

    private static string Find(string program) =>
        BuildNote($"Program:{program}") is { } path && File.Exists(path)
            ? path
            : throw new ComparisonException($"{program} is not where the build of this program put it; build again");

    private static string FindDotnet()
    {
        // <root>/shared/Microsoft.NETCore.App/<version>/
        var host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));
        return File.Exists(host) ? host : "dotnet";
    }
}
