using System.Globalization;
using Compare.Plan;

namespace Compare.Limits;

/// <summary>
/// Finds, before anything starts, the limit that so many connections would run into. Server and client are processes of their
/// own: each needs a descriptor for every connection, and neither counts against the other. Ports are needed once, not once per
/// run: each server has a port of its own, so what lingers of the last run's connections is in nobody's way.
/// </summary>
internal static class Preflight
{
    /// <summary>What a server or client has open besides: libraries, event queues, pipes. Seen in an idle server: 145.</summary>
    private const int SpareFiles = 256;

    /// <summary>The runtime's own threads, the pool's, and those that a connection may borrow.</summary>
    private const int SpareThreads = 512;

    /// <summary>A .NET thread's stack, its signal stack, and a guard page for each.</summary>
    private const int MapsPerThread = 4;

    /// <summary>The runtime, libraries and heaps, and what the server itself holds in reserve.</summary>
    private const int SpareMaps = 2048;

    /// <summary>Null when everything fits, otherwise one sentence: what is needed, the limit, what raises it.</summary>
    public static string? Check(Settings settings, SystemLimits limits)
    {
        var files = settings.Connections + SpareFiles;
        var threads = settings.Connections + SpareThreads;
        var maps = (threads * MapsPerThread) + SpareMaps;
        return Compare(settings, files, "open files in each process", limits.OpenFiles, "RLIMIT_NOFILE", PerProcess("nofile", files))
            ?? ComparePorts(settings, limits)
            ?? (settings.Transports.Contains(Contender.Threads) ? CompareThreads() : null);

        string? CompareThreads() =>
            Compare(settings, threads, "threads", limits.Processes, "RLIMIT_NPROC", PerProcess("nproc", threads))
            ?? Compare(settings, threads, "threads", limits.KernelThreads, "kernel.threads-max", Kernel("kernel.threads-max", threads))
            ?? Compare(settings, threads, "threads", limits.ProcessIds, "kernel.pid_max", Kernel("kernel.pid_max", threads))
            ?? Compare(settings, maps, "memory maps", limits.MemoryMaps, "vm.max_map_count", Kernel("vm.max_map_count", maps));
    }

    private static string PerProcess(string limit, int value) =>
        string.Create(CultureInfo.InvariantCulture, $"sudo prlimit --pid $$ --{limit}={value}:{value}");

    private static string Kernel(string setting, int value) =>
        string.Create(CultureInfo.InvariantCulture, $"sudo sysctl -w {setting}={value}");

    private static string? ComparePorts(Settings settings, SystemLimits limits) =>
        limits is { FirstPort: { } first, LastPort: { } last }
            ? Compare(
                settings, settings.Connections, "local ports", last - first + 1, "net.ipv4.ip_local_port_range",
                "sudo sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\"")
            : null;

    private static string? Compare(Settings settings, long needed, string what, long? limit, string name, string cure) =>
        limit is { } room && needed > room
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{settings.Connections} connections need {needed} {what}, and {name} allows {room}; raise it with: {cure}")
            : null;
}
