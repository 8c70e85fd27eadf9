using KestrelAsyncEcho.CommandLine;
using Support;
using Support.Processes;

namespace KestrelAsyncEcho.Tests;

public class SettingsTests
{
    private const string File = """{ "Echo": { "Transport": "sockets", "Host": "127.0.0.2", "Port": 0 } }""";

    private static readonly Dictionary<string, string?> _environment = new() { ["Echo__Host"] = "127.0.0.3" };

    [Fact]
    public async Task Host_InFile_IsUsed()
        => Assert.StartsWith("127.0.0.2:", await AddressAsync(EchoProcess.Command()), StringComparison.Ordinal);

    [Fact]
    public async Task Host_InFileAndEnvironment_IsTheEnvironments()
    {
        var command = EchoProcess.Command() with { Environment = _environment };
        Assert.StartsWith("127.0.0.3:", await AddressAsync(command), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_InFileEnvironmentAndCommandLine_IsTheCommandLines()
    {
        var command = EchoProcess.Command("--host", "127.0.0.4") with { Environment = _environment };
        Assert.StartsWith("127.0.0.4:", await AddressAsync(command), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_OnTheCommandLine_WinsOverAUnixSocketInTheFile()
    {
        using var folder = new SettingsFolder("""{ "Echo": { "Transport": "sockets", "UnixSocket": "echo.sock", "Port": 0 } }""");
        var command = EchoProcess.Command("--host", "127.0.0.4") with { WorkingDirectory = folder.Path };

        await using var server = await EchoProcess.StartAsync(command);

        Assert.StartsWith("127.0.0.4:", server.Address, StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_MissingInTheWorkingDirectory_IsTakenFromTheProgramsFolder()
    {
        using var folder = new SettingsFolder();
        var command = EchoProcess.Command("--transport", "sockets", "--port", "0") with { WorkingDirectory = folder.Path };

        await using var server = await EchoProcess.StartAsync(command);

        Assert.StartsWith("127.0.0.1:", server.Address, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "Kestrel": { "Limits": { "MaxConcurrentConnections": 1 } } }""")]
    [InlineData("{ }", "--max-connections", "1")]
    public async Task MaxConnections_OnSockets_EndsTheNextConnection(string json, params string[] arguments)
    {
        using var folder = new SettingsFolder(json);
        var command = EchoProcess.Command(["--transport", "sockets", "--port", "0", .. arguments]);
        await using var server = await EchoProcess.StartAsync(command with { WorkingDirectory = folder.Path });
        using var first = await server.ConnectAsync();
        await first.AssertEchoesAsync("hello");

        using var second = await server.ConnectAsync();

        Assert.Empty(await second.ReceiveToEndAsync());
        await first.AssertEchoesAsync("still here");
    }

    [Fact]
    public async Task Section_NamedLikeAVariableOfSomebodyElses_IsNotDisturbedByIt()
    {
        var command = EchoProcess.Command("--transport", "sockets", "--port", "0") with
        {
            Environment = new Dictionary<string, string?> { ["ECHO"] = "printf" },
        };
        await using var server = await EchoProcess.StartAsync(command);

        Assert.Equal("", (await server.StopAsync()).Error);
    }

    [Fact]
    public async Task Urls_InTheEnvironment_AreNotTheEchosAddress()
    {
        var command = EchoProcess.Command("--transport", "sockets", "--port", "0") with
        {
            Environment = new Dictionary<string, string?>
            {
                ["ASPNETCORE_URLS"] = "http://127.0.0.1:1",
                ["URLS"] = "http://127.0.0.1:1",
                ["HTTP_PORTS"] = "1",
            },
        };
        await using var server = await EchoProcess.StartAsync(command);

        Assert.Equal("", (await server.StopAsync()).Error);
    }

    [Fact]
    public async Task Help_Asked_ExplainsEveryOptionWithItsDefault()
    {
        var exit = await EchoProcess.RunAsync("--help");

        Assert.Equal(0, exit.Code);
        foreach (var option in EchoOption.All)
        {
            var line = Assert.Single(exit.OutputLines, line => line.StartsWith($"{option.Name} ", StringComparison.Ordinal));
            Assert.Contains(option.Description, line, StringComparison.Ordinal);
            Assert.EndsWith(option.Default is null ? "" : $"[default: {option.Default}]", line, StringComparison.Ordinal);
        }
    }

    private static async Task<string> AddressAsync(ChildCommand command)
    {
        using var folder = new SettingsFolder(File);
        await using var server = await EchoProcess.StartAsync(command with { WorkingDirectory = folder.Path });
        return server.Address;
    }
}
