using Compare.Load;
using Compare.Plan;
using Compare.Servers;

namespace Compare.Scenarios;

/// <summary>Handlers that block the thread they run on: what the threads are for.</summary>
internal static class BlockingScenarios
{
    private const int SleepMilliseconds = 50;

    /// <summary>From a few to far more than a pool has threads: so the picture shows where each server breaks, and whether.</summary>
    private static readonly int[] _clients = [1, 8, 32, 128, 500];

    private static readonly (string Work, string Words)[] _works = [("file", "write and read a file"), ("sqlite", "SQLite")];

    public static Scenario Sleep { get; } = new(
        "blocking", "handlers that sleep 50 ms, over HTTP with 1 to 500 connections and raw with 500", settings =>
        [
            .. (settings.Connections is { } only ? [only] : _clients).Select(clients => new Case(
                $"HTTP, {EchoScenarios.Connections(clients)}", ServerRole.Web, Http(clients, "/sleep", Limit(clients)))
            {
                IsQuick = clients is 32 or 500 || settings.Connections is not null,
            }),
            Raw("sleep", settings.Connections ?? 500, settings, Limit(settings.Connections ?? 500), ""),
        ]);

    public static Scenario Work { get; } = new(
        "blocking-work", "handlers with synchronous file and SQLite work, over HTTP and raw, 100 connections", settings =>
        [
            .. _works.SelectMany(work => new[]
            {
                new Case(
                    $"HTTP, {work.Words}, {EchoScenarios.Connections(settings.Connections ?? 100)}",
                    ServerRole.Web,
                    Http(settings.Connections ?? 100, $"/{work.Work}", null)),
                Raw(work.Work, settings.Connections ?? 100, settings, null, $"{work.Words}, "),
            }),
        ]);

    private static double Limit(int clients) => clients * 1000.0 / SleepMilliseconds;

    private static Case Raw(string work, int connections, Settings settings, double? limit, string words) => new(
        $"raw, {words}{EchoScenarios.Connections(connections)}",
        ServerRole.RawHandler(work),
        new SteadyLoad(connections, (context, count) => Clients.Echo(context, count, settings.MessageBytes)) { Limit = limit });

    private static SteadyLoad Http(int connections, string path, double? limit) =>
        new(connections, (context, count) => Clients.Http(context, count, path, "ok", isEncrypted: false)) { Limit = limit };
}
