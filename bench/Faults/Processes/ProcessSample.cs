using System.Globalization;

namespace Faults.Processes;

/// <summary>What a process holds at one moment, as the kernel counts it.</summary>
/// <param name="ResidentKilobytes">Its resident memory.</param>
/// <param name="Threads">Its threads.</param>
/// <param name="Descriptors">Its open files.</param>
/// <param name="Maps">Its memory maps.</param>
internal readonly record struct ProcessSample(long ResidentKilobytes, int Threads, int Descriptors, int Maps)
{
    /// <exception cref="FaultsException">The process is gone.</exception>
    public static ProcessSample Take(int process)
    {
        try
        {
            var folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}");
            var status = File.ReadAllLines($"{folder}/status");
            return new ProcessSample(
                Field(status, "VmRSS:"),
                (int)Field(status, "Threads:"),
                Directory.EnumerateFileSystemEntries($"{folder}/fd").Count(),
                File.ReadLines($"{folder}/maps").Count());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FaultsException($"process {process} cannot be looked at: {exception.Message}");
        }
    }

    /// <summary>Only how many files are open; cheaper than all of it.</summary>
    public static int CountDescriptors(int process) => Directory.EnumerateFileSystemEntries($"/proc/{process}/fd").Count();

    // A process that is about to end has no memory any more, and no line for it.
    private static long Field(string[] status, string name) =>
        status.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } line
            ? long.Parse(line[name.Length..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture)
            : 0;
}
