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

    [Theory]
    [InlineData(1.5, 1, Better.Lower, "1.50x worse")]
    [InlineData(0.5, 1, Better.Lower, "0.50x better")]
    [InlineData(1.5, 1, Better.Higher, "1.50x better")]
    [InlineData(0.5, 1, Better.Higher, "0.50x worse")]
    [InlineData(1.04, 1, Better.Lower, "1.04x even")]
    [InlineData(0.96, 1, Better.Higher, "0.96x even")]
    public void Ratio_OfTwoValues_SaysWhichWayIsBetter(double value, double reference, object better, string expected) =>
        Assert.Equal(expected, Ratio.Of(value, reference, (Better)better).ToString());

    [Theory]
    [InlineData(null, 1.0, Better.Lower)]
    [InlineData(1.0, null, Better.Lower)]
    [InlineData(1.0, 0.0, Better.Lower)]
    [InlineData(1.0, 2.0, Better.Neither)]
    public void Ratio_WithNothingToCompare_IsNone(double? value, double? reference, object better) =>
        Assert.Null(Ratio.Of(value, reference, (Better)better));

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
