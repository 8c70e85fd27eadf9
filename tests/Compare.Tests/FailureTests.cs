using Compare.CommandLine;
using Compare.Limits;
using Compare.Load;
using Compare.Measurement;
using Compare.Plan;
using Compare.Processes;
using Support;

namespace Compare.Tests;

public sealed class FailureTests
{
    [Fact]
    public async Task Compare_WhenServerDoesNotStart_RepeatsWhatItSaid()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var compare = new CompareCommand(output, error, () => new SystemLimits())
        {
            Contend = transport => new Contender(transport, new ChildCommand("/bin/sh", "-c", "echo no StackSize >&2; exit 2")),
        };

        var code = await compare.RunAsync(["-n", "5"], CancellationToken.None).Bounded();

        Assert.Equal(ExitCode.Failed, code);
        Assert.Empty(output.ToString());
        Assert.Equal("Compare: the threads server did not start: exit code 2\n  no StackSize\n", error.ToString());
    }

    [Fact]
    public async Task Server_ThatCannotBeRun_IsReported()
    {
        using var launcher = new Launcher();
        var contender = new Contender("missing", new ChildCommand("/no/such/program"));
        var failure = await Assert.ThrowsAsync<ComparisonException>(
            () => ServerProcess.StartAsync(launcher, contender, CancellationToken.None).Bounded());
        Assert.Contains("missing server did not start: exit code 127", failure.Message, StringComparison.Ordinal);
        Assert.Contains("/no/such/program", Assert.Single(failure.ChildErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_OnServerThatEnds_IsReportedAsItsEnd()
    {
        using var launcher = new Launcher();
        await using var server = await StartAsync(launcher, "echo Listening on 127.0.0.1:1; echo out of luck >&2; exit 3");
        var failure = await Assert.ThrowsAsync<ComparisonException>(() => LoadAsync(launcher, server));
        Assert.Equal("the shell server ended during the load: exit code 3", failure.Message);
        Assert.Equal(["out of luck"], failure.ChildErrorLines);
    }

    [Fact]
    public async Task Load_OnServerThatAnswersNobody_IsReportedWithTheClientsReasons()
    {
        using var launcher = new Launcher();

        // Nothing listens on that port, and the server lives until it is killed.
        await using var server = await StartAsync(launcher, "echo Listening on 127.0.0.1:1; exec sleep 600");
        var failure = await Assert.ThrowsAsync<ComparisonException>(() => LoadAsync(launcher, server));
        Assert.StartsWith("the load on the shell server failed: the client's exit code is ", failure.Message, StringComparison.Ordinal);
        Assert.NotEmpty(failure.ChildErrorLines);
    }

    private static Task<ServerProcess> StartAsync(Launcher launcher, string script) => ServerProcess.StartAsync(
        launcher, new Contender("shell", new ChildCommand("/bin/sh", "-c", script)), CancellationToken.None).Bounded();

    private static Task<LoadSummary> LoadAsync(Launcher launcher, ServerProcess server) =>
        LoadClient.RunAsync(launcher, new LoadPlan(3, 1, []), server, _ => { }, CancellationToken.None).Bounded();
}
