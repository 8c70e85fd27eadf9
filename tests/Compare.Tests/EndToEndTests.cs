using System.Text.Json;
using Compare.Processes;

namespace Compare.Tests;

public sealed class EndToEndTests
{
    [Fact]
    public async Task Compare_OnBothTransports_PrintsThemSideBySide()
    {
        var exit = await Support.Processes.ChildProcess.RunAsync(CompareProcess.Command("-n", "20", "--rounds", "3", "--repeat", "1"));
        Assert.Equal("", string.Join('\n', exit.ErrorLines.Where(line => !line.StartsWith('['))));
        Assert.Equal(ExitCode.Ok, exit.Code);
        Assert.Contains("threads/sockets", exit.Output, StringComparison.Ordinal);
        Assert.Matches(@"\| connections open at once \|\s+\|\s+20 \|\s+20 \|", exit.Output);
        Assert.Contains("Client and server share the cores", exit.Output, StringComparison.Ordinal);
        Assert.Contains("threads: the echo host with stacks of 256KB for each connection thread.", exit.Output, StringComparison.Ordinal);
        Assert.Contains("[1/2] threads: ", exit.Error, StringComparison.Ordinal);
        Assert.Contains("[2/2] sockets: ", exit.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ThreadTransport__StackSize", "1KB")]
    [InlineData("ThreadTransport", "256KB")]
    [InlineData("ThreadTransport:MaxConnections", "0")]
    [InlineData("Echo__Prot", "1")]
    [InlineData("ECHO__SHUTDOWNTIMEOUT", "never")]
    [InlineData("Kestrel__Endpoints__Http__Url", "http://localhost:0")]
    [InlineData("SocketTransport__Backlog", "0")]
    [InlineData("Logging__LogLevel__Default", "loud")]
    public async Task Compare_WithSettingsInTheEnvironment_DoesNotPassThemOn(string variable, string value)
    {
        // Each of them would end a server at its start.
        var command = CompareProcess.Command("-n", "2", "--rounds", "1", "--repeat", "1") with
        {
            Environment = new Dictionary<string, string?> { [variable] = value },
        };

        var exit = await Support.Processes.ChildProcess.RunAsync(command);

        Assert.Equal("", string.Join('\n', exit.ErrorLines.Where(line => !line.StartsWith('['))));
        Assert.Equal(ExitCode.Ok, exit.Code);
    }

    [Fact]
    public void InheritedSettings_AreRemovedAndOthersKept()
    {
        string[] settings =
        [
            "Echo__Port", "echo__port", "DOTNET_Echo__Port", "ASPNETCORE_ThreadTransport__StackSize", "Kestrel__Limits__A", "Kestrel:A",
            "ASPNETCORE_URLS", "DOTNET_URLS", "URLS", "HTTP_PORTS", "ASPNETCORE_HTTP_PORTS", "ASPNETCORE_HTTPS_PORTS",
            "ASPNETCORE_HOSTINGSTARTUPASSEMBLIES", "DOTNET_HOSTINGSTARTUPASSEMBLIES", "ASPNETCORE_PREVENTHOSTINGSTARTUP",
        ];
        string[] others = ["PATH", "DOTNET_gcServer", "DOTNET_ROOT", "ECHO_ART", "EchoPort", "ASPNETCORE_ENVIRONMENT", "LOGGINGS"];
        var environment = settings.Concat(others).ToDictionary(name => name, string? (name) => name);

        InheritedSettings.RemoveFrom(environment);

        Assert.Equal(others.Order(), environment.Keys.Order());
    }

    [Fact]
    public async Task Compare_WithJson_WritesEveryRunInOrder()
    {
        var path = Path.Combine(Path.GetTempPath(), $"compare-{Guid.NewGuid():N}.json");
        try
        {
            var exit = await Support.Processes.ChildProcess.RunAsync(CompareProcess.Command(
                "-n", "5", "--rounds", "2", "--repeat", "2", "--transports", "sockets,threads", "--size", "4KB", "--json", path));
            Assert.Equal(ExitCode.Ok, exit.Code);
            using var report = JsonDocument.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
            Assert.Equal("256KB", report.RootElement.GetProperty("settings").GetProperty("stackSize").GetString());
            var runs = report.RootElement.GetProperty("runs").EnumerateArray().ToList();
            Assert.Equal(["sockets", "threads", "sockets", "threads"], runs.Select(run => run.GetProperty("server").GetString()));
            Assert.All(runs, run => Assert.Equal(5, run.GetProperty("connections").GetInt32()));
            Assert.All(runs, run => Assert.True(run.GetProperty("peakResidentKilobytes").GetInt64() > 0));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
