using System.Text.Json;
using PipeClient.CommandLine;
using PipeClient.Limits;
using PipeClient.Reporting;
using PipeClient.Tests.Servers;

namespace PipeClient.Tests;

public sealed class ClientCommandTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    [Theory]
    [InlineData("--connections 'x' is not allowed: give a whole number from 1 to 1000000", "-n", "x")]
    [InlineData("--connections '0' is not allowed: give a whole number from 1 to 1000000", "--connections", "0")]
    [InlineData("--connections '1000001' is not allowed", "-n", "1000001")]
    [InlineData("--host 'localhost' is not allowed: give host:port", "--host", "localhost")]
    [InlineData("--rounds '-1' is not allowed", "--rounds=-1")]
    [InlineData("--size '2GB' is not allowed: give 1 to 1GB", "--size", "2GB")]
    [InlineData("--data '' is not allowed", "--data", "")]
    [InlineData("--connect-timeout '0' is not allowed: give a time", "--connect-timeout", "0")]
    [InlineData("--echo-timeout '25h' is not allowed: give a time of up to 24h", "--echo-timeout", "25h")]
    [InlineData("--connect-parallelism '0' is not allowed", "--connect-parallelism", "0")]
    [InlineData("--summary 'xml' is not allowed: give json", "--summary", "xml")]
    [InlineData("--size and --data exclude each other", "--size", "5", "--data", "hello")]
    [InlineData("--assert 'p99' is not allowed: give a metric", "--assert", "p99")]
    [InlineData("--assert 'p98<1' is not allowed: '1' is nothing to compare p98 with", "--assert", "p99<1ms", "--assert", "p98<1")]
    [InlineData("--json '' is not allowed: give a file to write, or -", "--json", "")]
    [InlineData("--hdr '-' is not allowed: give a file to write", "--hdr", "-")]
    [InlineData("--json and --summary exclude each other", "--json", "x", "--summary", "json")]
    [InlineData("--json and --crank exclude each other", "--json", "-", "--crank")]
    [InlineData("--csv and --summary exclude each other", "--csv", "-", "--summary", "json")]
    [InlineData("--json - and --csv - exclude each other: give one of them a file", "--csv", "-", "--json", "-")]
    [InlineData("--csv '/nowhere/x' cannot be written: ", "--csv", "/nowhere/x")]
    [InlineData("'--no-such-option'", "--no-such-option")]
    [InlineData("'-n'", "-n")]
    public async Task Usage_WhenWrong_IsOneLineThatNamesIt(string expected, params string[] arguments)
    {
        Assert.Equal(ExitCode.Usage, await RunAsync(arguments));
        var line = Assert.Single(_error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(expected, line, StringComparison.Ordinal);
        Assert.Empty(_output.ToString());
    }

    [Fact]
    public async Task Help_Always_ShowsExamplesAndExitCodes()
    {
        Assert.Equal(ExitCode.Ok, await RunAsync("--help"));
        var help = _output.ToString();
        Assert.Contains("--connect-parallelism <number>", help, StringComparison.Ordinal);
        Assert.Contains("pipeclient -n 10000", help, StringComparison.Ordinal);
        Assert.Contains("130  interrupted", help, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limits_TooLow_EndItBeforeItStarts()
    {
        var command = new ClientCommand(new Streams(_output, _error), () => new SystemLimits { OpenFiles = 100 });
        Assert.Equal(ExitCode.Usage, await command.RunAsync(["-n", "100"], TestContext.Current.CancellationToken));
        Assert.Contains("the limit (RLIMIT_NOFILE) is 100", _error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_output.ToString());
    }

    [Fact]
    public async Task Load_GoingWell_PrintsEveryLine()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        var code = await RunAsync("-n", "10", "--host", server.Target.ToString(), "--rounds", "2", "--data", "@hello");
        Assert.Equal(ExitCode.Ok, code);
        var lines = _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Collection(
            lines[..8],
            line => Assert.Matches(@"^connected: 10 in \d+\.\d{3} s$", line),
            line => Assert.Matches(@"^round 1: \d+\.\d{3} s, \d+ echoes/s$", line),
            line => Assert.Matches(@"^round 2: \d+\.\d{3} s, \d+ echoes/s$", line),
            line => Assert.Equal("Max conc: 10", line),
            line => Assert.Equal("total: 10", line),
            line => Assert.Equal("conc: 0", line),
            line => Assert.Matches(@"^connect all: \d+\.\d{3} s$", line),
            line => Assert.Matches(@"^echo all: \d+\.\d{3} s$", line));
        Assert.Matches(@"^\| messages +\| 20 in \d+\.\d{3} s +\|$", lines[9]);
        Assert.Matches(@"^\| errors +\| 0 of 10 connections +\|$", lines[13]);
        Assert.Matches(@"^\| latency +\| +connect \| first byte \| +message \|$", lines[16]);
        Assert.Matches(@"^\| count +\| +10 \| +20 \| +20 \|$", lines[18]);
        Assert.Equal(28, lines.Length);
        Assert.Empty(_error.ToString());
    }

    [Fact]
    public async Task Load_WithSummary_EndsWithOneLineOfJson()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        Assert.Equal(0, await RunAsync("-n", "10", "--host", server.Target.ToString(), "--rounds", "2", "--summary", "json"));
        using var json = JsonDocument.Parse(_output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
        var summary = json.RootElement;
        Assert.Equal(10, summary.GetProperty("connections").GetInt32());
        Assert.Equal(10, summary.GetProperty("total").GetInt32());
        Assert.Equal(10, summary.GetProperty("maxConcurrent").GetInt32());
        Assert.Empty(summary.GetProperty("failed").EnumerateObject());
        Assert.True(summary.GetProperty("connectSeconds").GetDouble() > 0);
        Assert.Equal(2, summary.GetProperty("rounds").GetArrayLength());
        Assert.All(summary.GetProperty("rounds").EnumerateArray(), round =>
        {
            Assert.True(round.GetProperty("seconds").GetDouble() > 0);
            Assert.True(round.GetProperty("echoesPerSecond").GetDouble() > 0);
        });
    }

    [Fact]
    public async Task Load_WithWrongEcho_PrintsOffsetAndBytes()
    {
        await using var server = TestServer.Start(Behaviour.EchoWithWrongByteAt(1));
        var code = await RunAsync("-n", "2", "--host", server.Target.ToString(), "--data", "hello", "--summary", "json");
        Assert.Equal(ExitCode.WrongEcho, code);
        Assert.Contains("PipeClient: wrong echo: at offset 1 expected 0x65 ('e'), got 0x9A", _error.ToString(), StringComparison.Ordinal);
        var output = _output.ToString();
        Assert.Contains("failed: 2\n  wrong echo: 2 (the first at offset 1 expected", output, StringComparison.Ordinal);
        Assert.Contains("\"failed\":{\"wrongEcho\":2}", output, StringComparison.Ordinal);
        Assert.Contains("\"wrongEcho\":{\"offset\":1,\"expected\":101,\"actual\":154}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_WhereNobodyListens_SaysThatNothingCouldBeOpened()
    {
        var (holder, target) = TestServer.HoldClosedPort();
        using (holder)
        {
            Assert.Equal(ExitCode.NotConnected, await RunAsync("-n", "3", "--host", target.ToString()));
        }

        Assert.Equal($"PipeClient: 3 of 3 connections to {target} could not be opened (refused)\n", _error.ToString());
        Assert.Contains("failed: 3\n  refused: 3\n", _output.ToString(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    private Task<int> RunAsync(params string[] arguments) =>
        new ClientCommand(new Streams(_output, _error), () => new SystemLimits()).RunAsync(arguments, TestContext.Current.CancellationToken)
            .Bounded();
}
