using System.Globalization;

namespace Blocking;

/// <summary>How many descriptors a process may have: one for each client, on either side.</summary>
internal static class OpenFiles
{
    /// <summary>For the runtime's own: libraries, event queues, pipes.</summary>
    public const int Spare = 400;

    /// <returns>Null where there is none, or none to be read.</returns>
    public static int? Limit()
    {
        const string Name = "Max open files";
        return OperatingSystem.IsLinux()
            && File.ReadLines("/proc/self/limits").FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal)) is { } line
            && int.TryParse(
                line[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            ? limit
            : null;
    }
}
