using System.Globalization;
using System.Net;
using PipeClient.Load;

namespace PipeClient.Limits;

/// <summary>
/// Whether there are local ports enough. Every target has all of them for itself, once for each address that is connected from; other
/// connections to it, and those that have ended a minute ago or less, have taken some.
/// </summary>
internal static class PortCheck
{
    private const int WidestFirstPort = 1024;
    private const int WidestLastPort = 65535;
    private const int Widest = WidestLastPort - WidestFirstPort + 1;

    /// <returns>At most one: the first target that has not enough.</returns>
    public static IEnumerable<Obstacle> Find(LoadOptions options, SystemLimits limits) =>
        limits is { FirstPort: { } first, LastPort: { } last }
            ? Shares(options)
                .Select(share => Check(share.Target, share.Connections, options, limits, (first, last)))
                .OfType<Obstacle>()
                .Take(1)
            : [];

    /// <summary>Connections go to the targets in turn; one that is named twice has two turns.</summary>
    private static IEnumerable<(Target Target, int Connections)> Shares(LoadOptions options) =>
        options.Targets
            .Select((target, i) => (Target: target, Connections: ShareOf(i, options)))
            .Where(share => !share.Target.IsUnix)
            .GroupBy(share => share.Target, (target, shares) => (target, shares.Sum(share => share.Connections)));

    private static int ShareOf(int target, LoadOptions options) =>
        (options.Connections - target + options.Targets.Count - 1) / options.Targets.Count;

    private static Obstacle? Check(Target target, int connections, LoadOptions options, SystemLimits limits, (int First, int Last) range)
    {
        var sources = Math.Max(options.Sources.Count, 1);
        var ports = range.Last - range.First + 1;
        var (open, waiting) = Taken(target, limits);
        var room = (long)ports * sources - open - waiting;
        if (connections <= room)
        {
            return null;
        }

        var each = (connections + sources - 1) / sources;
        var needs = sources == 1
            ? string.Create(CultureInfo.InvariantCulture, $"{each} local ports")
            : string.Create(CultureInfo.InvariantCulture, $"{each} local ports on each of {sources} addresses");
        var taken = open + waiting == 0
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $", of which {open} are open and {waiting} wait for their end (TIME_WAIT)");
        var cure = Cure(connections, open, waiting, sources, ports);
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"""
            {connections} connections to {target} need {needs},
            and the range (net.ipv4.ip_local_port_range) is {range.First}-{range.Last}, {ports} ports{taken}; {cure}
            """);
        return new Obstacle(text.ReplaceLineEndings(" "), IsFatal: true);
    }

    private static string Cure(int connections, int open, int waiting, int sources, int ports)
    {
        if (waiting > 0 && connections <= (long)ports * sources - open)
        {
            return "wait for a minute, or take them again with: sudo sysctl -w net.ipv4.tcp_tw_reuse=1";
        }

        var needed = connections + open + waiting;
        var more = string.Create(
            CultureInfo.InvariantCulture, $"connect from {(needed + ports - 1) / ports} addresses with --source-ip");
        return needed <= (long)Widest * sources
            ? $"raise it with: sudo sysctl -w net.ipv4.ip_local_port_range=\"{WidestFirstPort} {WidestLastPort}\", or {more}"
            : $"even the widest range has only {Widest}: {more}";
    }

    /// <summary>How many ports other connections to a target have. When it has a name to be resolved they are taken for none.</summary>
    private static (int Open, int Waiting) Taken(Target target, SystemLimits limits)
    {
        // A name may lead to either address, and only one of them is used.
        var counts = TargetAddresses.Known(target).Select(address => Count(new IPEndPoint(address, target.Port), limits)).ToList();
        return counts.Count == 0 ? (0, 0) : counts.MaxBy(count => count.Open + count.Waiting);
    }

    private static (int Open, int Waiting) Count(IPEndPoint target, SystemLimits limits)
    {
        var reused = limits.TimeWaitReuse == TimeWaitReuse.Always
            || (limits.TimeWaitReuse == TimeWaitReuse.OnLoopback && IPAddress.IsLoopback(target.Address));
        var open = 0;
        var waiting = 0;
        foreach (var connection in limits.Connections.Where(connection => connection.Remote.Equals(target)))
        {
            if (!connection.IsTimeWait)
            {
                open++;
            }
            else if (!reused)
            {
                waiting++;
            }
        }

        return (open, waiting);
    }
}
