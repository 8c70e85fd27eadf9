using Microsoft.AspNetCore.Connections;
using Support;

namespace Reliability.Tests.Stopping;

/// <summary>A server is stopped while hundreds of connections are at something.</summary>
public sealed class StopUnderLoadTests
{
    private const int Connections = 300;
    private const int ChunkSize = 16 * 1024;
    private const int Chunks = 256;

    /// <summary>For stops that wait for this time to be up. The wait for them is bounded by half a minute.</summary>
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(1);

    [Theory, EveryTransport]
    public async Task Stop_ConnectionsIdle_EndsThemAll(ITransport transport)
    {
        await using var harness = await KestrelHarness.StartAsync(transport, async connection =>
        {
            using var stop = StopReading(connection);
            await Applications.EchoAsync(connection);
        });
        var clients = await ConnectAsync(harness);

        await harness.StopAsync();

        await Task.WhenAll(clients.Select(client => client.ReceiveToEndAsync()));
        AssertNothingLeft(harness);
    }

    [Theory, EveryTransport]
    public async Task Stop_DataStillToDrain_EveryByteOfItArrives(ITransport transport)
    {
        await using var harness = await KestrelHarness.StartAsync(transport, async connection =>
        {
            var read = await connection.Transport.Input.ReadAsync();
            connection.Transport.Input.AdvanceTo(read.Buffer.End);
            var chunk = new byte[ChunkSize];
            for (var i = 0; i < Chunks; i++)
            {
                await connection.Transport.Output.WriteAsync(chunk);
            }
        });
        var clients = new List<TestClient>();
        for (var i = 0; i < Connections / 10; i++)
        {
            clients.Add(await harness.ConnectAsync(receiveBufferSize: 4096));
            await clients[^1].SendAsync("x");
            await clients[^1].ReceiveExactlyAsync(1);
        }

        // The clients read nothing until the stop waits for them.
        var stop = harness.StopAsync();
        Assert.False(stop.IsCompleted);
        var received = await Task.WhenAll(clients.Select(client => client.ReceiveToEndAsync()));

        Assert.All(received, data => Assert.Equal((ChunkSize * Chunks) - 1, data.Length));
        await stop;
        AssertNothingLeft(harness);
    }

    [Theory, EveryTransport("in the middle of a message", "in a send that nobody takes")]
    public async Task Stop_ConnectionsDoNotListen_AreAbortedInTime(ITransport transport, string at)
    {
        await using var harness = await KestrelHarness.StartAsync(transport, async connection =>
        {
            await connection.Transport.Output.WriteAsync(new byte[1]);
            if (at == "in the middle of a message")
            {
                await connection.Transport.Input.ReadAtLeastAsync(100);
                return;
            }

            var chunk = new byte[ChunkSize];
            while (!(await connection.Transport.Output.WriteAsync(chunk)).IsCompleted)
            {
            }
        });
        var clients = new List<TestClient>();
        for (var i = 0; i < Connections; i++)
        {
            clients.Add(await harness.ConnectAsync(receiveBufferSize: 4096));
            await clients[^1].SendAsync("x");
            await clients[^1].ReceiveExactlyAsync(1);
        }

        using var hurry = new CancellationTokenSource(_timeout);
        await harness.StopAsync(hurry.Token);

        await Task.WhenAll(clients.Select(client => client.ReceiveToResetAsync()));
        AssertNothingLeft(harness);
    }

    private static async Task<List<TestClient>> ConnectAsync(KestrelHarness harness)
    {
        var clients = new List<TestClient>();
        for (var i = 0; i < Connections; i++)
        {
            clients.Add(await harness.ConnectAsync());
            await clients[^1].SendAsync("x");
            await clients[^1].ReceiveExactlyAsync(1);
        }

        return clients;
    }

    private static CancellationTokenRegistration StopReading(ConnectionContext connection) =>
        connection.Features.Get<Microsoft.AspNetCore.Connections.Features.IConnectionLifetimeNotificationFeature>()!
            .ConnectionClosedRequested.Register(connection.Transport.Input.CancelPendingRead);

    private static void AssertNothingLeft(KestrelHarness harness)
    {
        Assert.Equal(0, harness.Memory.Outstanding);
        Assert.Equal(0, harness.Memory.ReturnedTwice);
    }
}
