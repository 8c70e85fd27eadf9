using System.Globalization;

namespace PipeClient.Limits;

/// <summary>Finds, before the first connect, the limit that so many connections would run into.</summary>
internal static class Preflight
{
    /// <summary>What the runtime opens while it runs: event queues, pipes, libraries, /proc and certificates read late.</summary>
    private const int SpareFiles = 32;

    private const int WidestFirstPort = 1024;
    private const int WidestLastPort = 65535;

    /// <summary>Null when everything fits, otherwise one line: the limit, its value, what is needed, what raises it.</summary>
    public static string? Check(int connections, SystemLimits limits) =>
        CheckOpenFiles(connections, limits) ?? CheckPorts(connections, limits);

    private static string? CheckOpenFiles(int connections, SystemLimits limits)
    {
        var needed = (long)connections + limits.OpenFilesNow + SpareFiles;
        return limits.OpenFiles is not { } limit || needed <= limit
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{connections} connections need {needed} open files, and the limit (RLIMIT_NOFILE) is {limit}; "
                + $"raise it with: sudo prlimit --pid $$ --nofile={needed}:{needed}");
    }

    private static string? CheckPorts(int connections, SystemLimits limits)
    {
        if (limits.FirstPort is not { } first || limits.LastPort is not { } last || connections <= last - first + 1)
        {
            return null;
        }

        const int Widest = WidestLastPort - WidestFirstPort + 1;
        var needs = string.Create(
            CultureInfo.InvariantCulture,
            $"{connections} connections to one address need {connections} local ports, "
            + $"and the range (net.ipv4.ip_local_port_range) is {first}-{last}, {last - first + 1} ports");
        var cure = connections <= Widest
            ? $"raise it with: sudo sysctl -w net.ipv4.ip_local_port_range=\"{WidestFirstPort} {WidestLastPort}\""
            : $"even the widest range has only {Widest}";
        return $"{needs}; {cure}";
    }
}
