using Compare.Processes;
using Compare.Servers;
using Support;

namespace Compare.Tests;

[Collection(nameof(Alone))]
public sealed class ServerTests
{
    [Theory]
    [InlineData("ThreadTransport__StackSize", "1KB")]
    [InlineData("ThreadTransport:MaxConnections", "0")]
    [InlineData("Echo__Prot", "1")]
    [InlineData("Kestrel__Endpoints__Http__Url", "http://localhost:0")]
    [InlineData("SocketTransport__Backlog", "0")]
    [InlineData("Logging__LogLevel__Default", "loud")]
    public async Task Server_WithSettingsInTheEnvironment_StartsWithoutThem(string variable, string value)
    {
        // Each of them would end it at its start. The launcher clears what this process would hand on.
        Environment.SetEnvironmentVariable(variable, value);
        try
        {
            using var launcher = new Launcher();
            await using var server = await StartServerAsync(launcher, null);
            Assert.NotNull(await server.Counters.ReadAsync(isExact: true, TestContext.Current.CancellationToken));
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, null);
        }
    }

    [Fact]
    public void InheritedSettings_AreRemovedAndOthersKept()
    {
        string[] settings =
        [
            "Echo__Port", "echo__port", "DOTNET_Echo__Port", "ASPNETCORE_ThreadTransport__StackSize", "Kestrel__Limits__A", "Kestrel:A",
            "ASPNETCORE_URLS", "DOTNET_URLS", "URLS", "HTTP_PORTS", "ASPNETCORE_HTTP_PORTS", "ASPNETCORE_HTTPS_PORTS",
            "ASPNETCORE_HOSTINGSTARTUPASSEMBLIES", "DOTNET_HOSTINGSTARTUPASSEMBLIES", "ASPNETCORE_PREVENTHOSTINGSTARTUP",
            "DOTNET_STARTUP_HOOKS", "ThreadTransport", "ECHO__SHUTDOWNTIMEOUT",
        ];
        string[] others = ["PATH", "DOTNET_gcServer", "DOTNET_ROOT", "ECHO_ART", "EchoPort", "ASPNETCORE_ENVIRONMENT", "LOGGINGS"];
        var environment = settings.Concat(others).ToDictionary(name => name, string? (name) => name);

        InheritedSettings.RemoveFrom(environment);

        Assert.Equal(others.Order(), environment.Keys.Order());
    }

    [Fact]
    public async Task Server_WithCores_RunsOnThemAlone()
    {
        var core = CoreSet.Allowed()[^1];
        using var launcher = new Launcher();
        await using var server = await StartServerAsync(launcher, [core]);
        var status = await File.ReadAllTextAsync($"/proc/{server.ProcessId}/status", TestContext.Current.CancellationToken);
        Assert.Contains($"Cpus_allowed_list:\t{core}\n", status, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Server_Asked_TellsItsCountersAndCollects(bool isExact)
    {
        using var launcher = new Launcher();
        await using var server = await StartServerAsync(launcher, null);

        var before = await server.Counters.ReadAsync(isExact, TestContext.Current.CancellationToken).Bounded();
        var pauses = await server.Counters.ProbeCollectionsAsync(TestContext.Current.CancellationToken).Bounded();
        var after = await server.Counters.ReadAsync(isExact, TestContext.Current.CancellationToken).Bounded();

        Assert.NotNull(before);
        Assert.True(before.AllocatedBytes > 0 && before.VoluntarySwitches > 0);
        Assert.Equal(6, pauses?.Length);
        Assert.InRange(after!.Collections - before.Collections, 6, 100);
        Assert.Equal(pauses!.Sum(), after.PauseMilliseconds - before.PauseMilliseconds, 1);
        Assert.True(after.LongestPauseMilliseconds > 0);
    }

    [Fact]
    public async Task Server_OnSockets_HasNothingOfTheLibraryInItsPath()
    {
        using var launcher = new Launcher();
        await using var server = await ServerProcess.StartAsync(
            launcher, Contender.Of(Contender.Sockets), ServerRole.Web, null, CancellationToken.None).Bounded();
        using var client = new HttpClient();
        Assert.Equal("Hello, World!", await client.GetStringAsync(
            $"http://{server.Address}/plaintext", TestContext.Current.CancellationToken));
        var maps = await File.ReadAllTextAsync($"/proc/{server.ProcessId}/maps", TestContext.Current.CancellationToken);
        Assert.Contains("Kestrel.Core.dll", maps, StringComparison.Ordinal);
        Assert.DoesNotContain("ThreadTransport.dll", maps, StringComparison.Ordinal);
    }

    private static Task<ServerProcess> StartServerAsync(Launcher launcher, IReadOnlyList<int>? cores) => ServerProcess.StartAsync(
        launcher, Contender.Of(Contender.Threads), ServerRole.Echo, cores, CancellationToken.None).Bounded();
}
