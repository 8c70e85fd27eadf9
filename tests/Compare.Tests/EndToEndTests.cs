using Compare.Processes;
using Compare.Results;

namespace Compare.Tests;

public sealed class EndToEndTests
{
    private static readonly string[] _short = ["--rounds", "1", "--warmup", "400ms", "--duration", "600ms"];

    [Fact]
    public async Task Compare_OnBothTransports_PrintsThemSideBySide()
    {
        using var folder = new TemporaryFolder();
        var exit = await RunAsync(folder, "--scenario", "echo", "-n", "20");
        Assert.Contains("threads/sockets", exit.Output, StringComparison.Ordinal);
        Assert.Contains("20 connections", exit.Output, StringComparison.Ordinal);
        Assert.Contains("threads: stacks of 256KB for each connection thread.", exit.Output, StringComparison.Ordinal);
        Assert.Contains("[1/2] echo: 20 connections, threads: ", exit.Error, StringComparison.Ordinal);
        Assert.Contains("[2/2] echo: 20 connections, sockets: ", exit.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(folder.Path, "report.html")));

        var runs = ResultFile.Read(Path.Combine(folder.Path, "results.json")).Runs;
        Assert.Equal(["threads", "sockets"], runs.Select(run => run.Server));
        foreach (var run in runs)
        {
            // What is measured at moments is left out where the machine is too busy to keep them, as it may be in tests.
            foreach (var metric in (Metric[])[Metric.Rate, Metric.P50, Metric.P999, Metric.Fairness, Metric.Resident, Metric.Threads])
            {
                Assert.True(run.Values.ContainsKey(metric.Key), $"{run.Server} has no {metric.Key}");
            }
        }

        Assert.True(runs[0].Values["threads"] > 20, "a thread for each connection");
    }

    /// <summary>Of each scenario the small form; what each shows is the business of whoever runs it.</summary>
    [Theory]
    [InlineData("threads", "idle,churn,at-once,http", "100")]
    [InlineData("sockets", "slow,bulk,blocking,blocking-work", "4")]
    public async Task Compare_WithEveryScenario_MeasuresThemAll(string server, string scenarios, string connections)
    {
        using var folder = new TemporaryFolder();
        await RunAsync(folder, "--scenario", scenarios, "-n", connections, "--servers", server);
        var runs = ResultFile.Read(Path.Combine(folder.Path, "results.json")).Runs;
        Assert.Equal(scenarios.Split(',').Order(), runs.Select(run => run.Scenario).Distinct().Order());


        // A machine that is busy otherwise may not come to it in so short a time.
        Assert.All(runs.Where(run => !run.IsDisturbed), run => Assert.True(
            run.Values.GetValueOrDefault("rate", run.Values.GetValueOrDefault("warm")) > 0, $"{run.Case} has shown nothing"));
        Assert.All(runs, run => Assert.Equal(0, run.Values.GetValueOrDefault("failed")));
    }

    [Fact]
    public async Task Compare_WithAServerOfTheUsers_RunsItBeside()
    {
        using var folder = new TemporaryFolder();
        await RunAsync(
            folder, "--scenario", "echo", "-n", "3", "--servers", "bare",
            "--server", $"mine={Programs.Dotnet} exec {Programs.HandlerHost} --transport bare --port {{port}}");
        Assert.Equal(["bare", "mine"], ResultFile.Read(Path.Combine(folder.Path, "results.json")).Runs.Select(run => run.Server));
    }

    [Fact]
    public async Task Compare_AgainstEarlierResults_FailsOnlyWhereItGotWorse()
    {
        using var folder = new TemporaryFolder();
        string[] arguments = ["--scenario", "echo", "-n", "3"];
        Earlier(threads: 1).Write(Path.Combine(folder.Path, "worse.json"));
        Earlier(threads: 1_000_000).Write(Path.Combine(folder.Path, "better.json"));

        var good = await RunAsync(folder, [.. arguments, "--against", Path.Combine(folder.Path, "worse.json")]);
        var bad = await StartAsync(folder, [.. arguments, "--against", Path.Combine(folder.Path, "better.json")]);

        Assert.Contains("None of 1 ratios got worse by more than the noise.", good.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Worse, bad.Code);
        Assert.Contains("Compare: worse: echo: 3 connections: messages a second, threads/sockets: ", bad.Error, StringComparison.Ordinal);

        // A ratio that no run reaches, so that chance has nothing to say.
        static ResultFile Earlier(double threads) => Samples.Results(
            Run("threads", threads), Run("sockets", 1000));

        static RunResult Run(string server, double rate) => Samples.Run(server, rate) with
        {
            Case = "3 connections",
            Connections = 3,
            Values = new Dictionary<string, double> { ["rate"] = rate },
        };
    }

    [Fact]
    public async Task Compare_WithAppend_AddsToTheFolderOfTheFile()
    {
        using var folder = new TemporaryFolder();
        await RunAsync(folder, "--scenario", "echo", "-n", "3", "--servers", "sockets");
        var path = Path.Combine(folder.Path, "results.json");
        var exit = await Support.Processes.ChildProcess.RunAsync(CompareProcess.Command(
            ["--scenario", "echo", "-n", "2", "--servers", "sockets", "--append", path, .. _short]));
        Assert.Equal(ExitCode.Ok, exit.Code);
        var results = ResultFile.Read(path);
        Assert.Equal([3, 2], results.Runs.Select(run => run.Connections));
        Assert.Equal([0, 1], results.Runs.Select(run => run.Session));
    }

    private static async Task<Support.Processes.ChildExit> RunAsync(TemporaryFolder folder, params string[] arguments)
    {
        var exit = await StartAsync(folder, arguments);
        Assert.Equal("", string.Join('\n', exit.ErrorLines.Where(line => !line.StartsWith('['))));
        Assert.Equal(ExitCode.Ok, exit.Code);
        return exit;
    }

    private static Task<Support.Processes.ChildExit> StartAsync(TemporaryFolder folder, string[] arguments) =>
        Support.Processes.ChildProcess.RunAsync(
            CompareProcess.Command([.. arguments, "--output", folder.Path, .. _short]), TimeSpan.FromMinutes(2));
}
