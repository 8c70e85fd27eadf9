using Compare.Load;
using Compare.Measurement;
using Compare.Servers;

namespace Compare.Tests;

public sealed class OutputParsingTests
{
    private const string Rounds =
        """{"connections":2,"total":2,"maxConcurrent":2,"failed":{},"connectSeconds":0.5,"connectRetries":0,"echoSeconds":0.25"""
        + ""","rounds":[{"seconds":0.1,"echoes":2,"echoesPerSecond":20}],"wrongEcho":null,"interrupted":false,"exitCode":0}""";

    private const string Report =
        """{"messages":300,"measuredSeconds":1.5,"failed":{"late":1},"fairness":{"fewest":10,"most":20}"""
        + ""","latency":[{"percentile":50,"microseconds":100},{"percentile":99,"microseconds":250.5}]}""";

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

    [Fact]
    public void LoadReport_OfItsLine_GivesFigures()
    {
        var report = LoadReport.Parse(Report);
        Assert.NotNull(report);
        Assert.Equal(200, report.MessagesPerSecond);
        Assert.Equal(100, report.At(50));
        Assert.Equal(250.5, report.At(99));
        Assert.Null(report.At(99.9));
    }

    [Theory]
    [InlineData("connected: 10")]
    [InlineData("{")]
    [InlineData("{\"messages\":2}")]
    public void LoadReport_OfAnyOtherLine_IsNone(string line) => Assert.Null(LoadReport.Parse(line));

    [Fact]
    public void LoadReport_OfTheLoadClient_HasItsMainPercentiles()
    {
        var report = LoadReport.Parse(
            """{"messages":2,"measuredSeconds":1,"failed":{},"fairness":{"fewest":1,"most":1,"mean":1,"ratio":1},"latencySeconds":"""
            + """{"message":{"count":2,"min":1e-5,"mean":2e-5,"p50":2e-5,"p90":3e-5,"p99":4e-5,"p999":5e-5,"p9999":6e-5,"max":7e-5}}}""");
        Assert.NotNull(report);
        Assert.Equal([10, 20, 30, 40, 50, 60, 70], report.Latency.Select(point => Math.Round(point.Microseconds, 6)));
    }

    [Fact]
    public void RoundSummary_WithEveryEcho_IsFound()
    {
        var summary = RoundSummary.Find(["connected: 2 in 0.5 s", Rounds], connections: 2);
        Assert.Equal(0.5, summary?.ConnectSeconds);
        Assert.Equal(0.1, summary?.Rounds[0].Seconds);
    }

    [Fact]
    public void RoundSummary_OfFewerConnectionsOrEchoes_IsNone()
    {
        Assert.Null(RoundSummary.Find([Rounds], connections: 3));
        Assert.Null(RoundSummary.Find([Rounds.Replace("\"echoes\":2", "\"echoes\":1", StringComparison.Ordinal)], connections: 2));
        Assert.Null(RoundSummary.Find(["{", "total: 2"], connections: 2));
    }

    [Theory]
    [InlineData("mine=./echo --port {port}", "mine", "--port 1234")]
    [InlineData("c-threads=echo {port}", "c-threads", "1234")]
    [InlineData("java=java -Dport={port} \"My Echo.java\"", "java", "-Dport=1234 My Echo.java")]
    public void ExternalServer_OfItsText_GetsThePort(string text, string name, string arguments)
    {
        Assert.True(ExternalServer.TryParse(text, out var server));
        Assert.Equal(name, server.Name);
        Assert.Equal(arguments, string.Join(' ', server.Command(ServerRole.Echo, 1234)!.Arguments));
        Assert.Null(server.Command(ServerRole.Web, 1234));
    }

    [Fact]
    public void ProcessStatus_OfStatusFile_GivesThreadsAndMemory() => Assert.Equal(
        new ProcessStatus(10022, 100, 338124),
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

    [Fact]
    public void MachineLoad_OfStatLine_CountsProcessesAndTheftAlone() => Assert.Equal(
        new MachineLoad(TimeSpan.FromMilliseconds(60), TimeSpan.FromMilliseconds(80)),
        MachineLoad.Parse("cpu  1 2 3 400 500 600 700 8 0 0"));

    [Theory]
    [InlineData(0.9, 0, false)]
    [InlineData(0.5, 0, true)]
    [InlineData(0.9, 0.2, true)]
    public void Disturbance_OfOthersWorkOrTheft_IsSeen(double ours, double stolen, bool isDisturbed)
    {
        var second = TimeSpan.FromSeconds(1);
        var disturbance = Disturbance.Between(default, new MachineLoad(second, second * stolen), second * ours, second);
        Assert.Equal(1 - ours, disturbance.OtherCores, 6);
        Assert.Equal(isDisturbed, disturbance.IsDisturbed);
    }
}
