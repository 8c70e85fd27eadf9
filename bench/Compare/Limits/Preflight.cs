using System.Globalization;
using Compare.Plan;
using Compare.Servers;

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

    /// <summary>
    /// By so many connections the server may find less room than this program, which asks for it: it maps some 500 files and heaps
    /// more, and four maps are a thread.
    /// </summary>
    private const int SpareThreads = 128;

    /// <summary>Null when everything fits, otherwise one sentence: what is needed, the limit, what raises it.</summary>
    public static string? Check(Settings settings, SystemLimits limits)
    {
        var connections = settings.Cases().Max(pair => pair.Case.Load.Connections);
        var files = connections + SpareFiles;
        return Compare(connections, files, "open files in each process", limits.OpenFiles, "RLIMIT_NOFILE", PerProcess("nofile", files))
            ?? ComparePorts(connections, limits)
            ?? (settings.Servers.Any(server => server.Name is Contender.Threads or Contender.Bare)
                ? CompareThreads(connections, limits)
                : null);
    }

    private static string PerProcess(string limit, long? value) =>
        string.Create(CultureInfo.InvariantCulture, $"sudo prlimit --pid $$ --{limit}={value}:{value}");

    private static string? ComparePorts(int connections, SystemLimits limits) =>
        limits is { FirstPort: { } first, LastPort: { } last }
            ? Compare(
                connections, connections, "local ports", last - first + 1, "net.ipv4.ip_local_port_range",
                "sudo sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\"")
            : null;

    private static string? CompareThreads(int connections, SystemLimits limits)
    {
        if (limits.Threads is not { } budget || connections <= budget.Connections - SpareThreads)
        {
            return null;
        }

        var cure = budget.CureFor(connections + SpareThreads);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{connections} connections need as many threads, and {budget.Limit} leaves the server room for "
            + $"{Math.Max(budget.Connections - SpareThreads, 0)}{(cure is null ? "" : $"; raise it with: {cure}")}");
    }

    private static string? Compare(int connections, long needed, string what, long? limit, string name, string cure) =>
        limit is { } room && needed > room
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{connections} connections need {needed} {what}, and {name} allows {room}; raise it with: {cure}")
            : null;
}
