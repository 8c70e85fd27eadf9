using Compare.CommandLine;
using Compare.Limits;

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
    [InlineData("--repeat", "-1")]
    [InlineData("--transports", "threads,fibers")]
    [InlineData("--transports", "threads,threads")]
    [InlineData("--transports", "")]
    [InlineData("--data", "")]
    [InlineData("--size", "0")]
    [InlineData("--size", "big")]
    [InlineData("--size", "2GB")]
    [InlineData("--size", "4BK")]
    [InlineData("--size", "64", "--data", "hello")]
    [InlineData("--json", "/no/such/folder/results.json")]
    [InlineData("--json", "/")]
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
        foreach (var word in (string[])["--connections", "--rounds", "--repeat", "--transports", "--data", "--size", "--json", "130"])
        {
            Assert.Contains(word, output, StringComparison.Ordinal);
        }
    }

    public static TheoryData<string, int, bool> Limits => new()
    {
        // The limit that is too low, how many connections fit, and whether only threads need it.
        { "RLIMIT_NOFILE", 1000 - 256, false },
        { "net.ipv4.ip_local_port_range", 1000, false },
        { "RLIMIT_NPROC", 1000 - 512, true },
        { "kernel.threads-max", 1000 - 512, true },
        { "kernel.pid_max", 1000 - 512, true },
        { "vm.max_map_count", ((10_000 - 2048) / 4) - 512, true },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public async Task Command_AboveALimit_RefusesBeforeItStartsAnything(string name, int fits, bool threadsOnly)
    {
        var limits = name switch
        {
            "RLIMIT_NOFILE" => _ample with { OpenFiles = 1000 },
            "RLIMIT_NPROC" => _ample with { Processes = 1000 },
            "kernel.threads-max" => _ample with { KernelThreads = 1000 },
            "kernel.pid_max" => _ample with { ProcessIds = 1000 },
            "vm.max_map_count" => _ample with { MemoryMaps = 10_000 },
            _ => _ample with { FirstPort = 2000, LastPort = 2999 },
        };
        var (code, output, error) = await RunAsync(limits, "-n", $"{fits + 1}");
        Assert.Equal(ExitCode.Usage, code);
        Assert.Empty(output);
        Assert.Contains(name, Assert.Single(error), StringComparison.Ordinal);
        Assert.Null(Check(limits, fits, "threads"));
        Assert.Equal(threadsOnly, Check(limits, fits + 1, "sockets") is null);
    }

    [Fact]
    public void SystemLimits_OfThisMachine_AreRead()
    {
        var limits = SystemLimits.Read();
        Assert.InRange(limits.OpenFiles!.Value, 64, long.MaxValue);
        Assert.InRange(limits.MemoryMaps!.Value, 1024, long.MaxValue);
        Assert.InRange(limits.KernelThreads!.Value, 64, long.MaxValue);
        Assert.InRange(limits.ProcessIds!.Value, 64, long.MaxValue);
        Assert.InRange(limits.LastPort!.Value, limits.FirstPort!.Value, 65535);
    }

    private static string? Check(SystemLimits limits, int connections, string transport) => Preflight.Check(
        new Plan.Settings { Connections = connections, Rounds = 1, Repeat = 1, Transports = [transport], Message = [], JsonPath = null },
        limits);

    private static async Task<(int Code, string Output, string[] Error)> RunAsync(SystemLimits limits, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await new CompareCommand(output, error, () => limits).RunAsync(arguments, CancellationToken.None);
        return (code, output.ToString(), error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
