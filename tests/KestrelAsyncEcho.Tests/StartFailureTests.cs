using System.Net;
using System.Net.Sockets;
using Support;
using Support.Processes;

namespace KestrelAsyncEcho.Tests;

public class StartFailureTests
{
    public static TheoryData<string> Transports => EchoProcess.Transports;

    [Theory]
    [InlineData("--port abc", "--port", "\"abc\"", "0 to 65535")]
    [InlineData("--port 65536", "--port", "\"65536\"", "0 to 65535")]
    [InlineData("--transport tcp", "--transport", "\"tcp\"", "threads, sockets")]
    [InlineData("--shutdown-timeout never", "--shutdown-timeout", "\"never\"", "seconds")]
    [InlineData("--verbosity loud", "--verbosity", "\"loud\"", "warning")]
    [InlineData("--stack-size 12x", "--stack-size", "\"12x\"", "256KB")]
    [InlineData("--stack-size 1KB", "--stack-size", "\"1KB\"", "64KB to 1GB")]
    [InlineData("--stack-size 2GB", "--stack-size", "\"2GB\"", "64KB to 1GB")]
    [InlineData("--when-full maybe", "--when-full", "\"maybe\"", "Wait, Reject")]
    [InlineData("--max-connections 0", "--max-connections", "0", "1 and up")]
    [InlineData("--transport sockets --max-connections none", "--max-connections", "\"none\"", "MaxConcurrentConnections")]
    [InlineData("--transport sockets --backlog 0", "--backlog", "0", "1 and up")]
    [InlineData("--transport sockets --stack-size 1MB", "--stack-size", "1MB", "--transport threads")]
    [InlineData("--transport sockets --when-full wait", "--when-full", "wait", "--transport threads")]
    [InlineData("--unix-socket /tmp/a --port 1", "--port", "1", "--unix-socket")]
    [InlineData("--colour red", "--colour", "--help", "")]
    [InlineData("--port", "--port", "", "")]
    public async Task Option_WithABadValue_IsNamedInOneLine(string arguments, string option, string value, string allowed)
    {
        var exit = await EchoProcess.RunAsync(arguments.Split(' '));

        var line = AssertOneLine(2, exit);
        Assert.Contains(option, line, StringComparison.Ordinal);
        Assert.Contains(value, line, StringComparison.Ordinal);
        Assert.Contains(allowed, line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Echo__Prot", "1", "Echo:Prot")]
    [InlineData("Echo__ShutdownTimeout", "x", "Echo:ShutdownTimeout")]
    [InlineData("ThreadTransport__Stack", "1MB", "ThreadTransport:Stack")]
    [InlineData("Kestrel__Limits__MaxConections", "1", "Kestrel:Limits:MaxConections")]
    [InlineData("Logging__LogLevel__Microsoft", "loud", "Logging:LogLevel:Microsoft")]
    public async Task Environment_WithABadSetting_IsNamedInOneLine(string variable, string value, string key)
    {
        var exit = await ChildProcess.RunAsync(EchoProcess.Command("--port", "0") with
        {
            Environment = new Dictionary<string, string?> { [variable] = value },
        });

        var line = AssertOneLine(2, exit);
        Assert.Contains(key, line, StringComparison.Ordinal);
        Assert.Contains($"environment variable {variable}", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "Echo": { "Port": 1, } """, "LineNumber")]
    [InlineData("""{ "Echo": { "Port": "high" } }""", "Echo:Port = \"high\"")]
    [InlineData("""{ "ThreadTransport": { "Stack": 1 } }""", "ThreadTransport:Stack")]
    [InlineData("""{ "Echo": "fast" }""", "Echo = \"fast\" is not a section")]
    [InlineData("""{ "ThreadTransport": "256KB" }""", "ThreadTransport = \"256KB\" is not a section")]
    [InlineData("""{ "Kestrel": true }""", "Kestrel = \"True\" is not a section")]
    [InlineData("""{ "Logging": { "LogLevel": "Debug" } }""", "Logging:LogLevel = \"Debug\" is not a section")]
    public async Task File_WithAMistake_IsNamedInOneLine(string json, string mistake)
    {
        using var folder = new SettingsFolder(json);

        // With an option of the same section, which is not the one that is wrong.
        var exit = await ChildProcess.RunAsync(EchoProcess.Command("--stack-size", "1MB") with { WorkingDirectory = folder.Path });

        var line = AssertOneLine(2, exit);
        Assert.Contains(folder.File, line, StringComparison.Ordinal);
        Assert.Contains(mistake, line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "Endpoints": { "Http": { "Url": "http://localhost:5000" } } }""", "Endpoints")]
    [InlineData("""{ "Endpoints": { "Http": { "Url": "http://localhost:5000" } } }""", "Endpoints", "--port", "0")]
    [InlineData("""{ "Endpoints": { "Http": { "Url": "http://localhost:5000", "Protocols": "Http9" } } }""", "Endpoints")]
    [InlineData("""{ "Endpoints": { "Https": { "Url": "https://localhost:5001" } } }""", "Endpoints", "--transport", "sockets")]
    [InlineData("""{ "Endpoints": { "Http": { } } }""", "Endpoints")]
    [InlineData("""{ "EndpointDefaults": { "Protocols": "Http1" } }""", "EndpointDefaults")]
    [InlineData("""{ "Certificates": { "Default": { "Path": "a.pfx", "Password": "b" } } }""", "Certificates")]
    public async Task File_WithEndpointsOfKestrels_IsToldWhatIsListenedOn(string kestrel, string section, params string[] arguments)
    {
        using var folder = new SettingsFolder($$"""{ "Kestrel": {{kestrel}} }""");

        var exit = await ChildProcess.RunAsync(EchoProcess.Command(arguments) with { WorkingDirectory = folder.Path });

        var line = AssertOneLine(2, exit);
        Assert.StartsWith($"error: Kestrel:{section} is not a setting of this program.", line, StringComparison.Ordinal);
        Assert.Contains("Echo:Host and Echo:Port, or on Echo:UnixSocket", line, StringComparison.Ordinal);
        Assert.EndsWith($"Given in {folder.File}.", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_ThatIsADirectory_IsToldInOneLine()
    {
        using var folder = new SettingsFolder();
        Directory.CreateDirectory(folder.File);

        var exit = await ChildProcess.RunAsync(EchoProcess.Command("--port", "0") with { WorkingDirectory = folder.Path });

        Assert.Equal($"error: {folder.File} is a directory. Allowed: a JSON file, or none.", AssertOneLine(2, exit));
    }

    [Theory]
    [InlineData("appsettings.json")]
    [InlineData("nowhere.json")]
    public async Task File_ThatCannotBeRead_IsToldInOneLine(string target)
    {
        // A link to itself or to nothing, because nobody can read that: root can read what its mode forbids.
        using var folder = new SettingsFolder();
        File.CreateSymbolicLink(folder.File, target);

        var exit = await ChildProcess.RunAsync(EchoProcess.Command("--port", "0") with { WorkingDirectory = folder.Path });

        Assert.StartsWith($"error: {folder.File}: ", AssertOneLine(2, exit), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Port_InUse_IsToldInOneLine(string transport)
    {
        await using var server = await EchoProcess.StartAsync(transport);

        var exit = await EchoProcess.RunAsync("--transport", transport, "--host", "127.0.0.1", "--port", $"{server.Port}");

        Assert.Contains($"127.0.0.1:{server.Port}: the address is in use", AssertOneLine(1, exit), StringComparison.Ordinal);
        using var client = await server.ConnectAsync();
        await client.AssertEchoesAsync("still here");
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Host_ThatIsNotThisMachine_IsToldInOneLine(string transport)
    {
        // Reserved for documentation: nobody's address.
        var exit = await EchoProcess.RunAsync("--transport", transport, "--host", "192.0.2.1");

        Assert.Contains("192.0.2.1:1234: this machine has no such address", AssertOneLine(1, exit), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_ThatHasNoAddress_IsToldInOneLine()
    {
        var exit = await EchoProcess.RunAsync("--host", "nowhere.invalid");

        Assert.Contains("\"nowhere.invalid\" cannot be resolved", AssertOneLine(1, exit), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Port_ThatNeedsAPrivilege_IsToldInOneLine(string transport)
    {
        const int port = 81;
        Assert.SkipWhen(MayBind(port), $"This account may listen on port {port}.");

        var exit = await EchoProcess.RunAsync("--transport", transport, "--host", "127.0.0.1", "--port", $"{port}");

        Assert.Contains("permission denied", AssertOneLine(1, exit), StringComparison.Ordinal);
    }

    private static string AssertOneLine(int code, ChildExit exit)
    {
        Assert.Equal("", exit.Output);
        Assert.Equal(code, exit.Code);
        var line = Assert.Single(exit.ErrorLines);
        Assert.StartsWith("error: ", line, StringComparison.Ordinal);
        return line;
    }

    private static bool MayBind(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode != SocketError.AccessDenied;
        }
    }
}
