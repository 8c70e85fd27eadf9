using Compare.Load;
using Compare.Measurement;

namespace Compare.Tests;

public sealed class OutputParsingTests
{
    private const string Summary =
        """{"connections":2,"total":2,"maxConcurrent":2,"failed":{},"connectSeconds":0.5,"connectRetries":0,"echoSeconds":0.25"""
        + ""","rounds":[{"seconds":0.1,"echoes":2,"echoesPerSecond":20},{"seconds":0.05,"echoes":2,"echoesPerSecond":40}"""
        + """,{"seconds":0.1,"echoes":2,"echoesPerSecond":20}],"wrongEcho":null,"interrupted":false,"exitCode":0}""";

    [Theory]
    [InlineData("Listening on 127.0.0.1:40953", "127.0.0.1:40953")]
    [InlineData("Listening on [::1]:1", "[::1]:1")]
    public void HostOutput_Listening_GivesAddress(string line, string address) =>
        Assert.Equal(address, HostOutput.ParseListening(line)?.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("Listening on ")]
    [InlineData("Listening on unix:/tmp/echo")]
    [InlineData("Listening on 127.0.0.1")]
    [InlineData("listening on 127.0.0.1:80")]
    [InlineData("threads: 22")]
    public void HostOutput_AnyOtherLine_GivesNone(string line) => Assert.Null(HostOutput.ParseListening(line));

    [Theory]
    [InlineData("connected: 10000 in 1.258 s", 0, "10000 in 1.258 s")]
    [InlineData("round 1: 1.935 s, 5168 echoes/s", 1, "1.935 s, 5168 echoes/s")]
    [InlineData("round 1000: 0.001 s, 20 echoes/s", 1000, "0.001 s, 20 echoes/s")]
    public void LoadMoment_OfItsLine_GivesRoundAndText(string line, int round, string text) =>
        Assert.Equal(new LoadMoment(round, text), LoadMoment.Parse(line));

    [Theory]
    [InlineData("")]
    [InlineData("round : 1 s")]
    [InlineData("round 0: 1 s")]
    [InlineData("round -1: 1 s")]
    [InlineData("round 1 of 2")]
    [InlineData("Max conc: 10000")]
    [InlineData("echo all: 4.902 s")]
    public void LoadMoment_OfAnyOtherLine_IsNone(string line) => Assert.Null(LoadMoment.Parse(line));

    [Fact]
    public void LoadSummary_OfItsLine_GivesFigures()
    {
        var summary = LoadSummary.Parse(Summary);
        Assert.NotNull(summary);
        Assert.Equal(0.5, summary.ConnectSeconds);
        Assert.Equal([20, 40, 20], summary.Rounds.Select(round => round.EchoesPerSecond));
    }

    [Theory]
    [InlineData("total: 2")]
    [InlineData("{")]
    [InlineData("{\"total\":2}")]
    public void LoadSummary_OfAnyOtherLine_IsNone(string line) => Assert.Null(LoadSummary.Parse(line));

    [Fact]
    public void LoadSummary_WithEveryEcho_IsComplete() =>
        Assert.True(LoadSummary.Parse(Summary)!.IsComplete(new LoadPlan(2, 1, [])));

    [Fact]
    public void LoadSummary_OfFewerConnectionsOrRounds_IsNotComplete()
    {
        var summary = LoadSummary.Parse(Summary)!;
        Assert.False(summary.IsComplete(new LoadPlan(3, 1, [])));
        Assert.False(summary.IsComplete(new LoadPlan(2, 2, [])));
        var another = summary with { Rounds = [.. summary.Rounds.SkipLast(1), new LoadRound(1, 1, 1)] };
        Assert.False(another.IsComplete(new LoadPlan(2, 1, [])));
    }

    [Fact]
    public void LoadPlan_Measured_LeavesOutTheFirstRoundAndTheSpareOne()
    {
        var round = Assert.Single(new LoadPlan(2, 1, []).Measured(LoadSummary.Parse(Summary)!));
        Assert.Equal(40, round.EchoesPerSecond);
    }

    [Fact]
    public void ProcessStatus_OfStatusFile_GivesThreadsAndPeak() => Assert.Equal(
        new ProcessStatus(10022, 338124),
        ProcessStatus.Parse("Name:\tdotnet\nVmPeak:\t  900 kB\nVmHWM:\t  338124 kB\nVmRSS:\t  100 kB\nThreads:\t10022\nSigQ:\t0/1\n"));

    [Fact]
    public void ProcessStatus_OfZombie_IsNone() => Assert.Null(ProcessStatus.Parse("Name:\tdotnet\nState:\tZ (zombie)\nThreads:\t1\n"));

    [Fact]
    public void ProcessStatus_OfThisProcess_IsPlausible()
    {
        var status = ProcessStatus.Read(Environment.ProcessId);
        Assert.InRange(status!.Value.Threads, 2, 10_000);
        Assert.InRange(status.Value.PeakResidentKilobytes, 1024, long.MaxValue);
    }

    [Fact]
    public void CpuClock_OfThisProcess_Advances()
    {
        var before = CpuClock.Read(Environment.ProcessId);
        Assert.True(before > TimeSpan.Zero);
        Assert.True(SpinWait.SpinUntil(() => CpuClock.Read(Environment.ProcessId) > before, TimeSpan.FromSeconds(30)));
    }
}
