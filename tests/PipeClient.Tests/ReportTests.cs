using System.Text.RegularExpressions;
using PipeClient.CommandLine;
using PipeClient.Limits;
using PipeClient.Load.Outcome;
using PipeClient.Reporting;
using PipeClient.Reporting.Progress;
using PipeClient.Tests.Servers;

namespace PipeClient.Tests;

/// <summary>What a run says to people.</summary>
public sealed class ReportTests : IDisposable
{
    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly StringWriter _error = new();

    [Fact]
    public async Task Report_OfAClosedLoop_HasFairnessAndEveryPercentile()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        Assert.Equal(ExitCode.Ok, await RunAsync(server, "-n", "3", "--messages", "7", "--hold", "100ms"));
        var report = _output.ToString();
        Assert.Matches(@"(?m)^\| messages +\| 21 in \d+\.\d{3} s +\|$", report);
        Assert.Matches(@"(?m)^\| rate +\| [\d,.]+/s +\|$", report);
        Assert.Matches(@"(?m)^\| sent +\| 105 B \([\d.]+ K?B/s\) +\|$", report);
        Assert.Matches(@"(?m)^\| fairness +\| slowest connection 7 messages, mean 7\.0, fastest 7 +\|$", report);
        Assert.Matches(@"(?m)^\| held open +\| \d+\.\d{3} s +\|$", report);
        Assert.Matches(@"(?m)^\| p99\.99 +\| +\d\S+s \| +\d\S+s \| +\d\S+s \|$", report);
    }

    [Theory]
    [InlineData(LoadPhase.Load, "second 3: load, 100 connections, 250 messages/s, p99 2.00ms, 1 errors\n")]
    [InlineData(LoadPhase.Ended, "")]
    public void ProgressLines_OfASecond_SayHowItStandsUnlessTheReportDoes(object phase, string expected)
    {
        var latencies = new Latencies(isOpenLoop: false);
        latencies.Message.Record(2_000_000);
        new ProgressLines(new Screen(_output, isTerminal: false)).IntervalEnded(new LoadInterval
        {
            Number = 3,
            Phase = (LoadPhase)phase,
            Start = TimeSpan.FromSeconds(2),
            Length = TimeSpan.FromSeconds(2),
            Connections = 100,
            Opened = 0,
            Failed = 1,
            Messages = 500,
            BytesSent = 0,
            BytesReceived = 0,
            Latencies = latencies,
        });
        Assert.Equal(expected, _output.ToString());
    }

    [Fact]
    public async Task Report_OfAnOpenLoop_ShowsCorrectedAndUncorrectedApart()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        Assert.Equal(ExitCode.Ok, await RunAsync(server, "-n", "3", "--rate", "1000", "--total", "20"));
        var report = _output.ToString();
        Assert.Matches(@"(?m)^\| rate +\| [\d,.]+/s of 1,000/s intended +\|$", report);
        Assert.Matches(@"(?m)^\| client late +\| p50 \d\S+s, p99 \d\S+s, max \d\S+s +\|$", report);
        Assert.Matches(@"(?m)^\| +\| +\| +corrected \| corrected \| uncorrected \| uncorrected \|$", report);
        Assert.Matches(@"(?m)^\| count +\| +3 \| +20 \| +20 \| +20 \| +20 \|$", report);
    }

    [Fact]
    public async Task Report_OfSeveralTargets_HasARowForEach()
    {
        await using var one = TestServer.Start(Behaviour.EchoAsync);
        await using var two = TestServer.Start(Behaviour.EchoAsync);
        Assert.Equal(ExitCode.Ok, await RunAsync(one, "-n", "3", "--host", two.Target.ToString(), "--messages", "5"));
        var report = _output.ToString();
        Assert.Matches($@"(?m)^\| {Regex.Escape(one.Target.ToString())} +\| +2 \| +0 \| +10 \|", report);
        Assert.Matches($@"(?m)^\| {Regex.Escape(two.Target.ToString())} +\| +1 \| +0 \| +5 \|", report);
    }

    [Fact]
    public async Task Report_Quiet_SaysNothingBeforeTheEnd()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        Assert.Equal(ExitCode.Ok, await RunAsync(server, "--rounds", "3", "-q"));
        Assert.StartsWith("Max conc: 1\n", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Assertions_ThatHoldAndFail_AreListedAndEndItWithFive()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        Assert.Equal(ExitCode.AssertionFailed, await RunAsync(server, "--assert", "max<1ns", "--assert", "errors==0"));
        Assert.Matches(@"(?m)^assertion fails: max<1ns \(max is \d\S+s\)$", _output.ToString());
        Assert.Contains("\nassertion holds: errors==0 (errors is 0)\n", _output.ToString(), StringComparison.Ordinal);
        Assert.Matches(@"^PipeClient: 1 of 2 assertions failed: max<1ns \(max is \d\S+s\)\n$", _error.ToString());
    }

    [Fact]
    public async Task AbortOnError_OfAServerThatCloses_EndsARunThatWouldGoOn()
    {
        await using var server = TestServer.Start(Behaviour.ReplyAndClose(5, 3));
        Assert.Equal(
            ExitCode.Failures, await RunAsync(server, "-n", "3", "--hold", "1h", "--rounds", "1", "--abort-on-error"));
        Assert.Equal("PipeClient: aborted: a connection failed (closed early)\n", _error.ToString());
        Assert.Contains("Max conc: 3", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AbortOnError_OfAServerThatIsNotThere_EndsWithThree()
    {
        var (holder, target) = TestServer.HoldClosedPort();
        using (holder)
        {
            var command = new ClientCommand(new Streams(_output, _error), () => new SystemLimits());
            var code = await command.RunAsync(
                ["--host", target.ToString(), "-n", "3", "--abort-on-error"], TestContext.Current.CancellationToken).Bounded();
            Assert.Equal(ExitCode.NotConnected, code);
        }

        Assert.Equal("PipeClient: aborted: a connection could not be opened (refused)\n", _error.ToString());
    }

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    private Task<int> RunAsync(TestServer server, params string[] arguments) =>
        new ClientCommand(new Streams(_output, _error), () => new SystemLimits())
            .RunAsync(["--host", server.Target.ToString(), .. arguments], TestContext.Current.CancellationToken)
            .Bounded();
}
