using Compare.Load;
using Compare.Plan;
using Compare.Presentation;
using Compare.Processes;
using Compare.Results;
using Compare.Scenarios;
using Compare.Servers;

namespace Compare.Tests;

public sealed class ResultTests
{
    public static TheoryData<double[], double[], string, string> Ratios => new()
    {
        { [1.5], [1], "Lower", "1.50x (1.50-1.50) Worse" },
        { [0.5], [1], "Lower", "0.50x (0.50-0.50) Better" },
        { [1.5], [1], "Higher", "1.50x (1.50-1.50) Better" },
        { [0.5], [1], "Higher", "0.50x (0.50-0.50) Worse" },
        { [1.04], [1], "Lower", "1.04x (1.04-1.04) Even" },
        { [0.96], [1], "Higher", "0.96x (0.96-0.96) Even" },
        { [1, 3], [2, 2], "Lower", "1.00x (0.50-1.50) Even" },
        { [1, 5], [2, 2], "Lower", "1.50x (0.50-2.50) Unclear" },

        // A machine that slows down in the second round does so for both.
        { [3, 1.5], [2, 1], "Higher", "1.50x (1.50-1.50) Better" },

        // One of five that went astray does not decide, two do.
        { [3, 3, 3, 3, 1], [2, 2, 2, 2, 2], "Higher", "1.50x (0.50-1.50) Better" },
        { [3, 3, 3, 1, 1], [2, 2, 2, 2, 2], "Higher", "1.50x (0.50-1.50) Unclear" },
    };

    [Theory]
    [MemberData(nameof(Ratios))]
    public void Ratio_OfRounds_SaysWhatItMeans(double[] values, double[] reference, string better, string expected)
    {
        var ratio = Ratio.Of(Rounds(values), Rounds(reference), Enum.Parse<Direction>(better));
        Assert.Equal(expected, $"{ratio} {ratio?.Verdict}");
    }

    [Fact]
    public void Ratio_WithNothingToCompare_IsNone()
    {
        Assert.Null(Ratio.Of(Rounds([]), Rounds([1]), Direction.Lower));
        Assert.Null(Ratio.Of(Rounds([1]), Rounds([]), Direction.Lower));
        Assert.Null(Ratio.Of(Rounds([1]), Rounds([0]), Direction.Lower));
        Assert.Null(Ratio.Of(Rounds([1]), Rounds([2]), Direction.Neither));
    }

    [Fact]
    public void Statistics_Median_IsTheMiddle()
    {
        Assert.Equal(3, Statistics.Median([5, 1, 3]));
        Assert.Equal(2, Statistics.Median([3, 1]));
        Assert.Equal(7, Statistics.Median([7]));
    }

    [Fact]
    public void Table_OfTwoServers_StandsSideBySideWithRatios()
    {
        var lines = Table(Samples.Run("threads", 60_000), Samples.Run("sockets", 40_000), Samples.Run("threads", 90_000, 2), Samples.Run("sockets", 60_000, 2));
        AssertRow(lines, "echo", "a second", "p50", "p99", "CPU each", "memory", "threads");
        AssertRow(lines, "1,000 connections", "", "", "", "", "", "");
        AssertRow(lines, "threads", "75,000", "500 us", "1.20 ms", "15.0 us", "24.0 KB", "1,022");
        AssertRow(lines, "threads/sockets", "1.50±0.00 +", "1.00±0.00 =", "1.00±0.00 =", "1.00±0.00 =", "1.00±0.00 =", "");
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 140));
        Assert.All(lines, line => Assert.DoesNotContain('\u001b', line));
    }

    [Fact]
    public void Table_OfOneServer_HasNoRatio() =>
        Assert.DoesNotContain(Table(Samples.Run("sockets", 40_000)), line => line.Contains('/', StringComparison.Ordinal));

    [Fact]
    public void Results_WrittenAndRead_AreTheSame()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "results.json");
        var results = Samples.Results(Samples.Run("threads", 60_000));
        results.Write(path);

        var read = ResultFile.Read(path);

        Assert.Equal([path], Directory.GetFiles(folder.Path));
        Assert.Equal(results.Sessions[0].Machine, read.Sessions[0].Machine);
        Assert.Equal(results.Runs[0].Values, read.Runs[0].Values);
        Assert.Equal(results.Runs[0].Latency, read.Runs[0].Latency);
    }

    [Fact]
    public void Results_WithAnotherSession_HaveWhatItMeasuredAgainOnce()
    {
        var other = Samples.Run("threads", 1) with { Scenario = "churn" };
        var results = Samples.Results(Samples.Run("threads", 60_000), other);
        var again = Samples.Run("threads", 70_000);

        var both = results.With(results.Sessions[0], [again]);

        Assert.Equal(2, both.Sessions.Count);
        Assert.Equal([("churn", 0, 1.0), ("echo", 1, 70_000)], both.Runs.Select(run => (run.Scenario, run.Session, run.Values["rate"])));
    }

    [Theory]
    [InlineData(60_000, 60_000, 0)]
    [InlineData(60_000, 56_000, 0)]
    [InlineData(60_000, 50_000, 1)]
    [InlineData(60_000, 80_000, 0)]
    public void Regression_OfARatioBeyondItsNoise_IsFound(double before, double now, int regressions)
    {
        var found = Regression.Find(Case(before), Case(now), out var compared);
        Assert.Equal(4, compared);
        Assert.Equal(regressions, found.Count);
        Assert.All(found, one => Assert.Equal("rate", one.Metric.Key));

        static IReadOnlyList<CaseResult> Case(double rate) =>
            CaseResult.Group([Samples.Run("threads", rate), Samples.Run("sockets", 40_000)]);
    }

    [Fact]
    public void Regression_WithinTheSpreadOfItsRounds_IsNone()
    {
        var before = CaseResult.Group([
            Samples.Run("threads", 40_000), Samples.Run("sockets", 40_000), Samples.Run("threads", 60_000, 2), Samples.Run("sockets", 40_000, 2)]);
        var now = CaseResult.Group([Samples.Run("threads", 40_000), Samples.Run("sockets", 40_000)]);
        Assert.Empty(Regression.Find(before, now, out _));
    }

    [Fact]
    public void RunPlan_WithRounds_Interleaves()
    {
        var plan = RunPlan.Of(new Settings
        {
            Scenarios = [EchoScenarios.Churn],
            Servers = [Contender.Of(Contender.Threads), Contender.Of(Contender.Sockets)],
            Rounds = 2,
            Timing = new Timing(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)),
            Cores = [CorePlan.Free],
        });
        Assert.Equal(["1 threads", "1 sockets", "2 threads", "2 sockets"], plan.Select(run => $"{run.Round} {run.Contender.Name}"));
    }

    [Fact]
    public void RunPlan_OfServersThatOnlyEcho_LeavesOutTheRest()
    {
        var plan = RunPlan.Of(new Settings
        {
            Scenarios = [EchoScenarios.Churn, HttpScenarios.Http],
            Servers = [Contender.Of(Contender.Bare)],
            Rounds = 1,
            Timing = new Timing(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)),
            Cores = [CorePlan.Free],
        });
        Assert.Equal("churn", Assert.Single(plan).Scenario.Name);
    }

    private static Dictionary<int, double> Rounds(double[] values) =>
        values.Select((value, i) => (value, i)).ToDictionary(pair => pair.i, pair => pair.value);

    private static string[] Table(params RunResult[] runs)
    {
        using var output = new StringWriter();
        ComparisonTable.Write(output, toTerminal: false, CaseResult.Group(runs));
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static void AssertRow(string[] lines, params string[] cells) => Assert.Contains(
        cells,
        lines.Where(line => line.StartsWith('|')).Select(line => line.Split('|')[1..^1].Select(cell => cell.Trim()).ToArray()));
}
