using Compare.Results;

namespace Compare.Tests;

/// <summary>Results of runs that never were.</summary>
internal static class Samples
{
    public static RunResult Run(string server, double rate, int round = 1) => new()
    {
        Session = 0,
        Scenario = "echo",
        Case = "1,000 connections",
        Connections = 1000,
        IsPinned = false,
        Server = server,
        Round = round,
        Values = new Dictionary<string, double>
        {
            ["rate"] = rate,
            ["p50"] = 500,
            ["p99"] = 1200,
            ["cpu"] = 15,
            ["memory"] = 24,
            ["resident"] = 40_000,
            ["threads"] = server == "threads" ? 1022 : 25,
        },
        Latency = [new(0, 90), new(50, 500), new(99, 1200), new(99.9, 8000), new(100, 20_000)],
        OtherCores = 0.01,
        StolenCores = 0,
        IsDisturbed = false,
    };

    public static ResultFile Results(params RunResult[] runs) => new()
    {
        Sessions =
        [
            new Session(
                Machine.Read(),
                new SessionSettings
                {
                    CommandLine = "--quick",
                    Servers = ["threads", "sockets"],
                    Rounds = 1,
                    WarmUpSeconds = 1,
                    DurationSeconds = 3,
                    MessageSize = 64,
                    StackSize = "256KB",
                    PinnedCores = null,
                }),
        ],
        Runs = runs,
    };

    /// <summary>Every picture that there is, with a name that would break a page that does not escape it.</summary>
    public static ResultFile Everything() => Results([
        .. from server in (string[])["threads", "sockets", "<b>&mine"]
           from connections in (int[])[1, 100, 1000, 10_000]
           from round in (int[])[1, 2]
           from isPinned in (bool[])[false, true]
           select Run(server, 50_000 + (connections * round), round) with
           {
               Connections = connections,
               Case = $"{connections:N0} connections",
               IsPinned = isPinned,
               IsDisturbed = round == 2,
           },
        .. from server in (string[])["threads", "sockets"]
           from connections in (int[])[1, 32, 500]
           select Run(server, server == "threads" ? connections * 19 : 20) with
           {
               Scenario = "blocking",
               Case = $"HTTP, {connections} connections",
               Connections = connections,
           },
    ]);
}
