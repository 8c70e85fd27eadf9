using Support;
using Support.Processes;

namespace Reliability.Tests.Stopping;

/// <summary>A server that had no time to say goodbye.</summary>
public sealed class KillTests
{
    private const int Connections = 50;

    public static TheoryData<string> Transports => EchoProcess.Transports;

    [Theory, MemberData(nameof(Transports))]
    public async Task Server_KilledWithConnectionsOpen_NextOneListensOnItsPortAtOnce(string transport)
    {
        int port;
        var clients = new List<TestClient>();
        await using (var server = await EchoProcess.StartAsync(transport))
        {
            port = server.Port;
            for (var i = 0; i < Connections; i++)
            {
                clients.Add(await server.ConnectAsync());
                await clients[^1].AssertEchoesAsync("first");
            }

            // Disposing it is a SIGKILL.
        }

        await using var next = await EchoProcess.StartAsync(
            EchoProcess.Command("--transport", transport, "--host", "127.0.0.1", "--port", $"{port}"));
        using var client = await next.ConnectAsync();
        await client.AssertEchoesAsync("second");

        // Its clients have heard of its end, and hold the port on their side.
        foreach (var old in clients)
        {
            Assert.Empty(await old.ReceiveToAnyEndAsync());
            old.Dispose();
        }
    }
}
