using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Compare.Processes;

namespace Compare.Results;

/// <summary>Where and when: without it no figure means anything.</summary>
internal sealed record Machine
{
    public required int Cores { get; init; }

    public required string Processor { get; init; }

    public required string System { get; init; }

    public required string Runtime { get; init; }

    public required string Sdk { get; init; }

    public required string Configuration { get; init; }

    /// <summary>Of the last minute, before the comparison began.</summary>
    public required string LoadAverage { get; init; }

    public required DateTimeOffset Date { get; init; }

    public bool IsOptimized => Configuration == "Release";

    public static Machine Read() => new()
    {
        Cores = Environment.ProcessorCount,
        Processor = Value("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString(),
        System = $"{Text("/proc/sys/kernel/ostype")} {Text("/proc/sys/kernel/osrelease")}",
        Runtime = RuntimeInformation.FrameworkDescription,
        Sdk = Programs.BuildNote("SdkVersion") ?? "unknown",
        Configuration = typeof(Machine).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()?.Configuration ?? "unknown",
        LoadAverage = Text("/proc/loadavg").Split(' ')[0],
        Date = DateTimeOffset.UtcNow,
    };

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Cores} cores ({Processor}), {System}, {Runtime} (SDK {Sdk}), {Date:yyyy-MM-dd HH:mm} UTC");

    private static string? Value(string path, string key) => Text(path)
        .Split('\n')
        .FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?
        .Split(':', 2)[^1].Trim();

    private static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (IOException)
        {
            return "unknown";
        }
    }
}
