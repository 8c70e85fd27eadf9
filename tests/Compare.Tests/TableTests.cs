using Compare.Plan;
using Compare.Presentation;

namespace Compare.Tests;

public sealed class TableTests
{
    private static readonly RunResult _threads = new()
    {
        Server = "threads",
        Connections = 10_000,
        ConnectSeconds = 1.5,
        FirstEchoSeconds = 1,
        EchoesPerSecond = 60_000,
        CpuMicrosecondsPerEcho = 15,
        PeakResidentKilobytes = 300 * 1024,
        PeakThreads = 10_022,
    };

    private static readonly RunResult _sockets = _threads with
    {
        Server = "sockets",
        ConnectSeconds = 1,
        FirstEchoSeconds = 1.01,
        EchoesPerSecond = 40_000,
        PeakResidentKilobytes = 150 * 1024,
        PeakThreads = 25,
    };

    public static TheoryData<double[], double[], string, string> Ratios => new()
    {
        { [1.5], [1], "Lower", "1.50x worse" },
        { [0.5], [1], "Lower", "0.50x better" },
        { [1.5], [1], "Higher", "1.50x better" },
        { [0.5], [1], "Higher", "0.50x worse" },
        { [1.04], [1], "Lower", "1.04x even" },
        { [0.96], [1], "Higher", "0.96x even" },
        { [1.06], [1], "Lower", "1.06x worse" },
        { [1, 3], [1, 1], "Lower", "2.00x unclear" },
        { [2, 3], [1, 2], "Higher", "1.67x unclear" },
        { [2.1, 3], [1, 2], "Higher", "1.70x better" },
        { [10, 11, 12, 13, 1], [2, 2, 2, 2, 2], "Higher", "5.50x better" },
        { [10, 11, 12, 1, 1], [2, 2, 2, 2, 2], "Higher", "5.00x unclear" },
        { [1, 2], [2.1, 3], "Lower", "0.59x better" },
    };

    [Theory]
    [MemberData(nameof(Ratios))]
    public void Ratio_OfRuns_SaysWhatItMeans(double[] values, double[] reference, string better, string expected) =>
        Assert.Equal(expected, Ratio.Of(values, reference, Enum.Parse<Direction>(better))?.ToString());

    [Fact]
    public void Ratio_WithNothingToCompare_IsNone()
    {
        Assert.Null(Ratio.Of([], [1], Direction.Lower));
        Assert.Null(Ratio.Of([1], [], Direction.Lower));
        Assert.Null(Ratio.Of([1], [0], Direction.Lower));
        Assert.Null(Ratio.Of([1], [2], Direction.Neither));
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
        var lines = Write(_threads, _sockets, _threads with { ConnectSeconds = 2.5 }, _sockets);
        Assert.Matches(@"^\|\s+\| better \| threads \| sockets \| threads/sockets \|$", lines[1]);
        AssertRow(lines, "connections open at once", "", "10,000", "10,000", "");
        AssertRow(lines, "time to connect all", "lower", "2.000 s", "1.000 s", "2.00x worse");
        AssertRow(lines, "first echo of all (cold)", "lower", "1.000 s", "1.010 s", "0.99x even");
        AssertRow(lines, "echoes per second", "higher", "60,000", "40,000", "1.50x better");
        AssertRow(lines, "server CPU per echo", "lower", "15.0 us", "15.0 us", "1.00x even");
        AssertRow(lines, "peak resident memory", "lower", "300 MB", "150 MB", "2.00x worse");
        AssertRow(lines, "peak threads", "", "10,022", "25", "");
    }

    [Fact]
    public void Table_InFile_FitsAHundredColumnsAndHasNoEscapes() => Assert.All(Write(_threads, _sockets), line =>
    {
        Assert.InRange(line.Length, 0, 100);
        Assert.DoesNotContain('\u001b', line);
    });

    [Fact]
    public void Table_OfOneServer_HasNoRatio() => AssertRow(Write(_sockets), "peak threads", "", "25");

    [Fact]
    public void Table_WhereNoRunCouldTellTheCpu_HasADash()
    {
        var lines = Write(_threads with { CpuMicrosecondsPerEcho = null }, _sockets, _sockets with { CpuMicrosecondsPerEcho = null });
        AssertRow(lines, "server CPU per echo", "lower", "-", "15.0 us", "");
    }

    [Fact]
    public void RunPlan_WithRepeats_Interleaves()
    {
        var plan = RunPlan.Interleave([new Contender("a", null!), new Contender("b", null!)], 2);
        Assert.Equal(["1/4 a", "2/4 b", "3/4 a", "4/4 b"], plan.Select(run => $"{run.Number}/{run.Of} {run.Contender.Name}"));
    }

    private static string[] Write(params RunResult[] runs)
    {
        using var output = new StringWriter();
        ComparisonTable.Write(output, toTerminal: false, runs);
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static void AssertRow(string[] lines, params string[] cells) => Assert.Contains(
        cells,
        lines.Where(line => line.StartsWith('|')).Select(line => line.Split('|')[1..^1].Select(cell => cell.Trim()).ToArray()));
}
