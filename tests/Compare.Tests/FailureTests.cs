using Compare.CommandLine;
using Compare.Limits;
using Compare.Load;
using Compare.Processes;
using Compare.Report;
using Compare.Results;
using Compare.Servers;
using Support;

namespace Compare.Tests;

public sealed class FailureTests
{
    [Fact]
    public async Task Compare_WhenServerDoesNotStart_RepeatsWhatItSaid()
    {
        using var folder = new TemporaryFolder();
        using var output = new StringWriter();
        using var error = new StringWriter();
        var compare = new CompareCommand(output, error, () => new SystemLimits())
        {
            Contend = contender => contender with
            {
                Command = (_, _) => new ChildCommand("/bin/sh", "-c", "echo no StackSize >&2; exit 2"),
            },
        };

        var code = await compare.RunAsync(["--scenario", "echo", "-n", "5", "--output", folder.Path], CancellationToken.None).Bounded();

        Assert.Equal(ExitCode.Failed, code);
        Assert.Empty(output.ToString());
        Assert.Equal("Compare: the threads server did not start: exit code 2\n  no StackSize\n", error.ToString());
    }

    [Fact]
    public async Task Compare_WhenALaterCaseFails_KeepsTheFinishedOnes()
    {
        using var folder = new TemporaryFolder();
        using var output = new StringWriter();
        using var error = new StringWriter();
        var compare = new CompareCommand(output, error, () => new SystemLimits())
        {
            Contend = contender => contender with
            {
                Command = (role, port) => role == ServerRole.Echo ? contender.Command(role, port) : new ChildCommand("/bin/sh", "-c", "exit 7"),
            },
        };

        var code = await compare.RunAsync(
            [
                "--scenario", "bulk,http", "--servers", "threads,sockets", "--rounds", "1", "--warmup", "100ms", "--duration", "200ms",
                "--output", folder.Path,
            ],
            CancellationToken.None).Bounded();

        var path = Path.Combine(folder.Path, ReportFolder.Results);
        Assert.Equal(ExitCode.Failed, code);
        Assert.Equal(
            [
                $"Compare: the finished cases are kept in {path}; --append goes on with others, and --report draws them",
                "Compare: the threads server did not start: exit code 7",
            ],
            error.ToString().TrimEnd().Split('\n')[^2..]);
        Assert.Equal([("bulk", "threads"), ("bulk", "sockets")], ResultFile.Read(path).Runs.Select(run => (run.Scenario, run.Server)));
    }

    [Fact]
    public async Task Server_ThatCannotBeRun_IsReported()
    {
        using var launcher = new Launcher();
        var failure = await Assert.ThrowsAsync<ComparisonException>(() => StartAsync(launcher, new ChildCommand("/no/such/program")));
        Assert.Contains("shell server did not start: exit code 127", failure.Message, StringComparison.Ordinal);
        Assert.Contains("/no/such/program", Assert.Single(failure.ChildErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_OfTheUsersThatEnds_IsReported()
    {
        using var launcher = new Launcher();
        Assert.True(ExternalServer.TryParse("mine=/bin/false {port}", out var mine));
        var failure = await Assert.ThrowsAsync<ComparisonException>(
            () => ServerProcess.StartAsync(launcher, mine, ServerRole.Echo, null, CancellationToken.None).Bounded());
        Assert.Equal("the mine server did not start: exit code 1", failure.Message);
    }

    [Fact]
    public async Task Load_OnServerThatEnds_IsReportedAsItsEnd()
    {
        // A pipe tells the server that the load has begun: one that ends before has not started.
        using var folder = new TemporaryFolder();
        var begun = Path.Combine(folder.Path, "begun");
        using var launcher = new Launcher();
        await using var server = await StartAsync(
            launcher, $"mkfifo {begun}; echo Listening on 127.0.0.1:1; read _ < {begun}; echo out of luck >&2; exit 3");
        var failure = await Assert.ThrowsAsync<ComparisonException>(() => LoadAsync(launcher, server, $"echo > {begun}; exec sleep 600"));
        Assert.Equal("the shell server ended during the load: exit code 3", failure.Message);
        Assert.Equal(["out of luck"], failure.ChildErrorLines);
    }

    [Fact]
    public async Task Load_ThatFails_IsReportedWithTheClientsReasons()
    {
        using var launcher = new Launcher();
        await using var server = await StartAsync(launcher, "echo Listening on 127.0.0.1:1; exec sleep 600");
        var failure = await Assert.ThrowsAsync<ComparisonException>(() => LoadAsync(launcher, server, "echo nobody there >&2; exit 3"));
        Assert.Equal("the load on the shell server failed: the client's exit code is 3", failure.Message);
        Assert.Equal(["nobody there"], failure.ChildErrorLines);
    }

    [Fact]
    public async Task Load_WithoutAnAccount_IsReported()
    {
        using var launcher = new Launcher();
        await using var server = await StartAsync(launcher, "echo Listening on 127.0.0.1:1; exec sleep 600");
        var failure = await Assert.ThrowsAsync<ComparisonException>(() => LoadAsync(launcher, server, "echo connected: 1"));
        Assert.Equal("the client gave no account of the load on the shell server", failure.Message);
    }

    private static Task<ServerProcess> StartAsync(Launcher launcher, string script) =>
        StartAsync(launcher, new ChildCommand("/bin/sh", "-c", script));

    private static Task<ServerProcess> StartAsync(Launcher launcher, ChildCommand command) => ServerProcess.StartAsync(
        launcher, new Contender("shell", (_, _) => command), ServerRole.Echo, null, CancellationToken.None).Bounded();

    private static async Task<LoadReport> LoadAsync(Launcher launcher, ServerProcess server, string script)
    {
        await using var client = await ClientProcess.StartAsync(launcher, new ChildCommand("/bin/sh", "-c", script), server);
        return await client.ReportAsync(CancellationToken.None).Bounded();
    }
}
