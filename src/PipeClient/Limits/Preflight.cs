using System.Globalization;
using PipeClient.Load;

namespace PipeClient.Limits;

/// <summary>Finds, before the first connect, the limits that a run would run into.</summary>
internal static class Preflight
{
    /// <summary>What the runtime opens while it runs: event queues, pipes, libraries, /proc and certificates read late.</summary>
    private const int SpareFiles = 32;

    // Estimates, on the small side, of what this process and the kernel have of a connection: hence warnings, not refusals.
    private const int BytesPerConnection = 12 * 1024;
    private const int BytesPerTlsSession = 48 * 1024;

    /// <summary>What the kernel takes of messages under way before it makes the sender wait.</summary>
    private const int MostBuffered = 256 * 1024;

    public static IReadOnlyList<Obstacle> Check(LoadOptions options, SystemLimits limits) =>
    [
        .. CheckOpenFiles(options, limits),
        .. PortCheck.Find(options, limits),
        .. CheckBacklog(options, limits),
        .. CheckMemory(options, limits),
    ];

    private static IEnumerable<Obstacle> CheckOpenFiles(LoadOptions options, SystemLimits limits)
    {
        var needed = (long)options.Connections + limits.OpenFilesNow + SpareFiles;
        if (limits.OpenFiles is { } limit && needed > limit)
        {
            yield return Fatal(
                $"""
                {options.Connections} connections need {needed} open files, and the limit (RLIMIT_NOFILE) is {limit};
                raise it with: sudo prlimit --pid $$ --nofile={needed}:{needed}
                """);
        }
    }

    /// <summary>Of a server on another machine nothing is known.</summary>
    private static IEnumerable<Obstacle> CheckBacklog(LoadOptions options, SystemLimits limits)
    {
        var atOnce = Math.Min(options.ConnectParallelism, options.Connections);
        if (limits.Backlog is { } backlog && atOnce > backlog && options.Targets.Any(TargetAddresses.IsHere))
        {
            yield return Warning(
                $"""
                {atOnce} connects are under way at once,
                and no server of this machine can have more than {backlog} waiting (net.core.somaxconn);
                raise it with: sudo sysctl -w net.core.somaxconn={atOnce} and the server's own backlog, or lower --connect-parallelism
                """);
        }
    }

    private static IEnumerable<Obstacle> CheckMemory(LoadOptions options, SystemLimits limits)
    {
        var each = BytesPerConnection
            + (options.Tls is null ? 0 : BytesPerTlsSession)
            + 2 * Math.Min((long)options.Content.MaxSize * (options.Pipeline ?? 1), MostBuffered);
        var needed = each * options.Connections;
        if (limits.Memory is { } memory && needed > memory)
        {
            const long MegaByte = 1 << 20;
            yield return Warning(
                $"""
                {options.Connections} connections may need {needed / MegaByte} MB of memory,
                and {Math.Max(memory, 0) / MegaByte} MB are available;
                fewer connections (-n), shorter messages or a smaller --pipeline need less
                """);
        }
    }

    private static Obstacle Fatal(FormattableString text) => Of(text, isFatal: true);

    private static Obstacle Warning(FormattableString text) => Of(text, isFatal: false);

    /// <summary>What is several lines in the source is one for whoever reads it.</summary>
    private static Obstacle Of(FormattableString text, bool isFatal) =>
        new(text.ToString(CultureInfo.InvariantCulture).ReplaceLineEndings(" "), isFatal);
}
