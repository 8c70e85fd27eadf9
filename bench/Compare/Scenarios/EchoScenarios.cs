using System.Globalization;
using Compare.Load;
using Compare.Plan;
using Compare.Servers;

namespace Compare.Scenarios;

/// <summary>What can be asked of any server that sends back what comes.</summary>
internal static class EchoScenarios
{
    public static Scenario Busy { get; } = new(
        "echo", "connections that are all busy: 1, 10, 100, 1,000, 10,000", settings =>
        [
            .. (settings.Connections is { } only ? [only] : (int[])[1, 10, 100, 1_000, 10_000]).Select(connections => new Case(
                Connections(connections), ServerRole.Echo, Echo(settings, connections))
            {
                IsQuick = connections is 1 or 100 or 10_000 || settings.Connections is not null,
            }),
        ]);

    public static Scenario Idle { get; } = new("idle", "10,000 connections, of which 1 % are busy", settings =>
    {
        var all = settings.Connections ?? 10_000;
        var busy = Math.Max(all / 100, 1);
        return
        [
            new Case($"{Number(all)} connections, {Number(busy)} busy", ServerRole.Echo, new SteadyLoad(
                all, (context, count) => Clients.Echo(context, count, settings.MessageBytes))
            {
                // Without any idle ones there is nothing to hold, and nothing to look at.
                Beside = all > busy ? (context => Clients.Idle(context, all - busy, settings.MessageBytes), "round 1: ") : null,
                Busy = busy,
                MeasuresIdle = all > busy,
            }),
        ];
    });

    public static Scenario Slow { get; } = new("slow", "8 peers that do not read what they are sent, beside 100 that do", settings =>
    {
        const int Peers = 8;
        var fast = settings.Connections ?? 100;
        return
        [
            new Case($"{Number(fast)} connections beside {Peers} slow ones", ServerRole.Echo, new SteadyLoad(
                fast + Peers, (context, count) => Clients.Echo(context, count, settings.MessageBytes))
            {
                Beside = (context => Clients.Slow(context, Peers), SteadyLoad.Connected),
                Busy = fast,
            }),
        ];
    });

    public static Scenario Bulk { get; } = new("bulk", "messages of 1 MB on 8 connections, compared by their length", settings =>
    {
        var connections = settings.Connections ?? 8;
        return
        [
            new Case($"1 MB, {Connections(connections)}", ServerRole.Echo, new SteadyLoad(
                connections, (context, count) => Clients.Echo(context, count, "1MB", "length"))),
        ];
    });

    public static Scenario Churn { get; } = new("churn", "connect, echo once and close, again and again, 64 at a time", settings =>
    {
        var connections = settings.Connections ?? 64;
        return
        [
            new Case($"{Number(connections)} at a time", ServerRole.Echo, new SteadyLoad(
                connections, (context, count) => Clients.Churn(context, count, settings.MessageBytes))),
        ];
    });

    public static Scenario AtOnce { get; } = new("at-once", "10,000 connections open, echo once and close at once, cold and warm", settings =>
    {
        var connections = settings.Connections ?? 10_000;
        return
        [
            new Case(Connections(connections), ServerRole.Echo, new AtOnceLoad(
                connections, context => Clients.Once(context, connections, settings.MessageBytes))),
        ];
    });

    public static string Connections(int connections) => connections == 1 ? "1 connection" : $"{Number(connections)} connections";

    public static string Number(int number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static SteadyLoad Echo(Settings settings, int connections) =>
        new(connections, (context, count) => Clients.Echo(context, count, settings.MessageBytes));
}
