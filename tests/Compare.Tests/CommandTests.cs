using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Compare.CommandLine;
using Compare.Limits;
using Compare.Load;
using Compare.Plan;
using Compare.Processes;
using Compare.Scenarios;
using Compare.Servers;
using ThreadTransport.Internal.Threads;

namespace Compare.Tests;

public sealed class CommandTests
{
    private static readonly SystemLimits _ample = new();

    [Theory]
    [InlineData("-n")]
    [InlineData("-n", "0")]
    [InlineData("-n", "many")]
    [InlineData("-n", "60001")]
    [InlineData("--rounds", "0")]
    [InlineData("--scenario", "echo,weather")]
    [InlineData("--scenario", "")]
    [InlineData("--servers", "threads,fibers")]
    [InlineData("--servers", "threads,threads")]
    [InlineData("--servers", "")]
    [InlineData("--server", "mine")]
    [InlineData("--server", "mine=./echo")]
    [InlineData("--server", "=./echo {port}")]
    [InlineData("--server", "threads=./echo {port}")]
    [InlineData("--server", "a=./echo {port}", "--server", "a=./other {port}")]
    [InlineData("--size", "0")]
    [InlineData("--size", "big")]
    [InlineData("--duration", "soon")]
    [InlineData("--duration", "1ms")]
    [InlineData("--warmup", "2h")]
    [InlineData("--pin", "maybe")]
    [InlineData("--append", "/no/such/results.json")]
    [InlineData("--against", "/no/such/results.json")]
    [InlineData("--report", "/no/such/results.json")]
    [InlineData("--output", "")]
    [InlineData("--quick", "--scenario", "churn")]
    [InlineData("--frobnicate")]
    [InlineData("surplus")]
    public async Task Command_WithWrongArguments_RefusesInOneLine(params string[] arguments)
    {
        var (code, output, error) = await RunAsync(_ample, arguments);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Empty(output);
        Assert.StartsWith("Compare: ", Assert.Single(error), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_Help_ListsOptionsAndExitCodes()
    {
        var (code, output, _) = await RunAsync(_ample, "--help");
        Assert.Equal(ExitCode.Ok, code);
        foreach (var word in new Compare.CommandLine.CompareOptions().All.Select(option => option.Name).Append("130"))
        {
            Assert.Contains(word, output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Command_List_NamesEveryScenarioAndItsCases()
    {
        var (code, output, _) = await RunAsync(_ample, "--list");
        Assert.Equal(ExitCode.Ok, code);
        Assert.All(Scenario.All, scenario => Assert.Contains($"{scenario.Name}: {scenario.Summary}", output, StringComparison.Ordinal));
        Assert.Contains("    10,000 connections (also with --quick)", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"version\":2}")]
    [InlineData("{\"runs\":")]
    [InlineData("[]")]
    public async Task Command_WithResultsOfAnotherForm_SaysSo(string text)
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
            var (code, _, error) = await RunAsync(_ample, "--against", path);
            Assert.Equal(ExitCode.Failed, code);
            Assert.StartsWith($"Compare: {path} ", Assert.Single(error), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    public static TheoryData<string, int, bool> Limits => new()
    {
        // The limit that is too low, how many connections fit, and whether only threads need it.
        { "RLIMIT_NOFILE", 1000 - 256, false },
        { "net.ipv4.ip_local_port_range", 1000, false },
        { ThreadBudget.Processes, RoomOf(2000), true },
        { ThreadBudget.KernelThreads, RoomOf(2000), true },
        { ThreadBudget.ProcessIds, RoomOf(2000), true },
        { ThreadBudget.MemoryMaps, RoomOf(2000), true },
        { ThreadBudget.OpenFiles, RoomOf(2000), true },
        { "a limit that nobody knows how to raise", RoomOf(2000), true },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public async Task Command_AboveALimit_RefusesBeforeItStartsAnything(string name, int fits, bool threadsOnly)
    {
        var limits = name switch
        {
            "RLIMIT_NOFILE" => _ample with { OpenFiles = 1000 },
            "net.ipv4.ip_local_port_range" => _ample with { FirstPort = 2000, LastPort = 2999 },
            _ => _ample with { Threads = new ThreadBudget(2000, name) },
        };
        var (code, output, error) = await RunAsync(limits, "--scenario", "echo", "-n", $"{fits + 1}");
        Assert.Equal(ExitCode.Usage, code);
        Assert.Empty(output);
        Assert.Contains(name, Assert.Single(error), StringComparison.Ordinal);
        Assert.Null(Check(limits, fits, "threads"));
        Assert.Equal(threadsOnly, Check(limits, fits + 1, "sockets") is null);
    }

    [Theory]
    [InlineData(1_900)]
    [InlineData(10_000)]
    [InlineData(60_000)]
    public void Command_AboveTheRoomForThreads_NamesAValueThatIsEnough(int connections)
    {
        var limits = _ample with { Threads = new ThreadBudget(2000, ThreadBudget.MemoryMaps, Value: 10_000) };

        var refusal = Check(limits, connections, "threads");

        var maps = int.Parse(Assert.IsType<string>(refusal).Split("vm.max_map_count=")[1], CultureInfo.InvariantCulture);
        var more = (maps - 10_000) / ThreadBudget.MapsPerThread;
        Assert.Null(Check(limits with { Threads = new ThreadBudget(2000 + more, "") }, connections, "threads"));
    }

    [Fact]
    public async Task SystemLimits_RoomForThreads_IsThatOfTheServer()
    {
        var command = Contender.Of(Contender.Threads).Command(ServerRole.Echo, 0)!;
        await using var server = Support.Processes.ChildProcess.Start(
            new(command.FileName, [.. command.Arguments, "--verbosity", "information"])
            {
                WorkingDirectory = command.WorkingDirectory,
            });
        await server.WaitForLineAsync("Listening on ");
        server.Send(PosixSignal.SIGTERM);
        var log = (await server.WaitForExitAsync()).Error;

        var room = int.Parse(Regex.Match(log, "Room for ([0-9]+) connections").Groups[1].Value, CultureInfo.InvariantCulture);
        var here = SystemLimits.Read().Threads!.Connections;
        Assert.InRange(room, here - 128, here + 128);
    }

    [Fact]
    public void SystemLimits_OfThisMachine_AreRead()
    {
        var limits = SystemLimits.Read();
        Assert.InRange(limits.OpenFiles!.Value, 64, long.MaxValue);
        Assert.InRange(limits.LastPort!.Value, limits.FirstPort!.Value, 65535);
    }

    /// <summary>For connections: what the transport does not keep to lend, less what the server takes more than this process.</summary>
    private static int RoomOf(int threads) => threads - (threads / 16) - (threads / 32) - 128;

    private static string? Check(SystemLimits limits, int connections, string server) => Preflight.Check(
        new Settings
        {
            Scenarios = [EchoScenarios.Busy],
            Servers = [Contender.Of(server)],
            Connections = connections,
            Rounds = 1,
            Timing = new Timing(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)),
            Cores = [CorePlan.Free],
        },
        limits);

    private static async Task<(int Code, string Output, string[] Error)> RunAsync(SystemLimits limits, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await new CompareCommand(output, error, () => limits).RunAsync(arguments, CancellationToken.None);
        return (code, output.ToString(), error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
