using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Applications.Tests.Clients;
using Support.Processes;

namespace Applications.Tests.Server;

/// <summary>A service that is handed its sockets, and that says when it is ready and when it stops.</summary>
public sealed class SystemdTests
{
    private static readonly string[] _needed = ["PATH", "HOME", "DOTNET_ROOT"];

    [Theory]
    [InlineData("sockets", "served on the pool\n")]
    [InlineData("threads", "served on a thread\n")]
    [Trait("Contract", "L17")]
    public async Task HandedOverSocket_RequestAndStop_AreServedAndNotified(string transport, string expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "systemd is Linux's.");
        using var folder = new TemporarySocketPath();
        using var notifications = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        notifications.Bind(folder.EndPoint);
        await using var server = ChildProcess.Start(Command("activate", transport) with
        {
            Environment = new Dictionary<string, string?> { ["NOTIFY_SOCKET"] = folder.Path },
        });
        var port = (await server.WaitForLineAsync("port "))[5..];
        using var client = new HttpClient();

        // The socket listens before there is a server: its first clients wait for it.
        Assert.Equal(expected, await client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/")).Bounded());
        Assert.Equal("READY=1", await ReceiveAsync(notifications));

        server.Send(PosixSignal.SIGTERM);

        Assert.Equal("STOPPING=1", await ReceiveAsync(notifications));
        Assert.Equal(0, (await server.WaitForExitAsync()).Code);
    }

    [Theory]
    [InlineData("sockets", "served on the pool\n")]
    [InlineData("threads", "served on a thread\n")]
    [Trait("Contract", "L17")]
    public async Task SystemdSocketActivate_FirstConnection_StartsTheServer(string transport, string expected)
    {
        const string Program = "systemd-socket-activate";
        ClientProgram.SkipUnlessInstalled(Program);
        using var folder = new TemporarySocketPath();
        var command = Command("serve", transport);
        await using var server = ChildProcess.Start(new ChildCommand(
            Program,
            ["--listen", folder.Path, .. Inherited(), ChildCommand.Find(command.FileName) ?? command.FileName, .. command.Arguments]));
        await TestTimeout.EventuallyAsync(() => File.Exists(folder.Path), "it listens");
        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await TestTimeout.UntilAsync(
                    async () =>
                    {
                        try
                        {
                            await socket.ConnectAsync(folder.EndPoint, cancellation);
                            return true;
                        }
                        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
                        {
                            // Bound, and about to listen.
                            return false;
                        }
                    },
                    "it listens");
                return new NetworkStream(socket, ownsSocket: true);
            },
        });

        Assert.Equal(expected, await client.GetStringAsync(new Uri("http://localhost/")).Bounded());
    }

    private static ChildCommand Command(params string[] arguments)
        => ChildCommand.Dotnet(Path.Combine(AppContext.BaseDirectory, "SystemdServer.dll"), arguments);

    /// <summary>It hands on no more of the environment than it is told to.</summary>
    private static IEnumerable<string> Inherited()
        => _needed
            .Where(name => Environment.GetEnvironmentVariable(name) is not null)
            .Select(name => $"--setenv={name}");

    private static async Task<string> ReceiveAsync(Socket notifications)
    {
        var buffer = new byte[256];
        return Encoding.UTF8.GetString(buffer, 0, await notifications.ReceiveAsync(buffer).Bounded());
    }
}
