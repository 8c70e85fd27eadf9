using System.Net;
using System.Net.Sockets;
using PipeClient.Load;
using PipeClient.Load.Connecting;
using Support;
using Support.Processes;

namespace PipeClient.Tests;

/// <summary>Echo servers that share no code with this repository. A process for each connection is all that most of them can do.</summary>
public sealed class OtherServerTests
{
    private const int Connections = 20;

    [Fact]
    public async Task Socat_OverTcp_IsVerified()
    {
        var port = FreePort();
        await using var server = Start("socat", $"TCP-LISTEN:{port},bind=127.0.0.1,fork,backlog=128", "PIPE");
        await AssertEchoesAsync(new Target("127.0.0.1", port));
    }

    [Fact]
    public async Task Socat_OverUnixSocket_IsVerified()
    {
        using var path = new TemporarySocketPath();
        await using var server = Start("socat", $"UNIX-LISTEN:{path.Path},fork,backlog=128", "PIPE");
        await AssertEchoesAsync(new Target(path.Path, 0) { IsUnix = true });
    }

    [Fact]
    public async Task Socat_OverTls_IsVerified()
    {
        using var folder = new TemporarySocketPath();
        using var key = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(Certificates.SelfSigned)!;
        var pem = $"{Certificates.SelfSigned.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
        await File.WriteAllTextAsync(folder.Path, pem, TestContext.Current.CancellationToken);
        var port = FreePort();
        await using var server = Start(
            "socat", $"OPENSSL-LISTEN:{port},bind=127.0.0.1,fork,backlog=128,verify=0,cert={folder.Path}", "PIPE");
        await AssertEchoesAsync(
            new Target("127.0.0.1", port), new TlsSettings { ServerName = "server", Authorities = [Certificates.SelfSigned] });
    }

    [Fact]
    public async Task Ncat_OverTcp_IsVerified()
    {
        var port = FreePort();
        await using var server = Start("ncat", "--listen", "127.0.0.1", $"{port}", "--keep-open", "--exec", "/bin/cat");
        await AssertEchoesAsync(new Target("127.0.0.1", port));
    }

    private static ChildProcess Start(string program, params string[] arguments)
    {
        Assert.SkipUnless(ChildCommand.Find(program) is not null, $"{program} is not installed.");
        return ChildProcess.Start(new ChildCommand(program, arguments));
    }

    /// <summary>Once the server is there.</summary>
    private static async Task AssertEchoesAsync(Target target, TlsSettings? tls = null)
    {
        var options = Loads.Options(target, Connections, 64) with { Tls = tls };
        await TestTimeout.UntilAsync(
            async () => (await Loads.RunAsync(options with { Connections = 1 })).Failures.Count == 0, "the server echoes");
        Loads.AssertGood(await Loads.RunAsync(options with { Rounds = 20 }), Connections, 20);
        // No more under way than one pipe holds: socat writes to it and reads from it by turns.
        var large = options with { MessagesPerConnection = 3, Pipeline = 2, Content = Loads.Options(target, 1, 30_000).Content };
        Loads.AssertMessages(await Loads.RunAsync(large), Connections * 3);
    }

    /// <summary>None of these servers takes one that the system chooses and says which it is.</summary>
    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
