using Microsoft.Extensions.Logging;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>What Kestrel itself logs about connections, as the contract names it.</summary>
internal static class KestrelLog
{
    public const int ConnectionStart = 1;
    public const int ConnectionStop = 2;
    public const int ApplicationAborted = 34;
    public const int ResponseRateTooLow = 27;

    private const string Core = "Microsoft.AspNetCore.Server.Kestrel";

    public static Task<LoggedEvent> WaitForKestrelEventAsync(this EventLog log, int id)
        => log.WaitForAsync(e => IsCore(e) && e.Id.Id == id, $"Kestrel's event {id}");

    public static Task<LoggedEvent> WaitForKestrelEventAsync(this EventLog log, string name)
        => log.WaitForAsync(e => e.Id.Name == name, name);

    public static int CountKestrelEvents(this EventLog log, int id) => log.Events.Count(e => IsCore(e) && e.Id.Id == id);

    public static int CountTransportEvents(this EventLog log, int id) => log.Events.Count(e => e.IsTransport && e.Id.Id == id);

    /// <summary>What the server and its transport said above a level. How late the heartbeat is depends on the machine alone.</summary>
    public static IReadOnlyList<LoggedEvent> Above(this EventLog log, LogLevel level)
        => [.. log.Events.Where(
            e => e.Level > level && e.Category.StartsWith(Core, StringComparison.Ordinal) && e.Id.Name != "HeartbeatSlow")];

    private static bool IsCore(LoggedEvent e) => !e.IsTransport && e.Category.StartsWith(Core, StringComparison.Ordinal);
}
