using System.Net.Sockets;
using Support;

namespace Reliability.Tests.Peers;

/// <summary>Peers that misbehave, a few of each, beside one that does not: that one is served, and nothing is left.</summary>
public sealed class HostilePeerTests
{
    private const int Peers = 100;
    private const int Rounds = 20;

    /// <summary>What a peer does before its reset: from nothing at all to everything but the last read.</summary>
    private static readonly Func<TestClient, Task>[] _stages =
    [
        _ => Task.CompletedTask,
        client => client.SendAsync("unread, perhaps"),
        async client =>
        {
            await client.SendAsync("x");
            await client.ReceiveExactlyAsync(1);
        },
        async client =>
        {
            await client.SendAsync(new byte[256 * 1024]);
            await client.ReceiveExactlyAsync(1);
        },
        async client =>
        {
            await client.SendAsync("last words");
            client.ShutdownSend();
        },
    ];

    [Theory, EveryTransport]
    public async Task Peers_SendAByteNowAndThen_OthersAreServed(ITransport transport)
    {
        await using var harness = await KestrelHarness.StartAsync(transport, Applications.EchoAsync);
        var other = await harness.ConnectAsync();
        var peers = await ConnectAsync(harness, Peers);
        for (var round = 0; round < 5; round++)
        {
            foreach (var peer in peers)
            {
                await peer.SendAsync("x");
            }

            await other.AssertEchoesAsync("hello");
            foreach (var peer in peers)
            {
                Assert.Equal("x", await peer.ReceiveTextAsync(1));
            }
        }

        await AssertNothingLeftAsync(harness, [other, .. peers]);
    }

    [Theory, EveryTransport]
    public async Task Peers_SendAsMuchAsGoesAndNeverRead_OthersAreServed(ITransport transport)
    {
        await using var harness = await KestrelHarness.StartAsync(transport, Applications.EchoAsync);
        var other = await harness.ConnectAsync();
        var chunk = new byte[64 * 1024];
        for (var i = 0; i < Peers / 5; i++)
        {
            var peer = await harness.ConnectAsync(receiveBufferSize: 4096);
            peer.Socket.Blocking = false;
            do
            {
                peer.Socket.Send(chunk, SocketFlags.None, out var error);
                Assert.True(error is SocketError.Success or SocketError.WouldBlock, $"{error}");
            }
            while (peer.Socket.Poll(TimeSpan.FromMilliseconds(20), SelectMode.SelectWrite));
            await other.AssertEchoesAsync("hello");
        }

        using var hurry = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await harness.StopAsync(hurry.Token);
        Assert.Equal(0, harness.Memory.Outstanding);
    }

    [Theory, EveryTransport]
    public async Task Peers_ResetAtEveryStage_NothingIsLeftAndNobodyComplains(ITransport transport)
    {
        await using var harness = await KestrelHarness.StartAsync(transport, async connection =>
        {
            try
            {
                await Applications.EchoAsync(connection);
            }
            catch (Microsoft.AspNetCore.Connections.ConnectionResetException)
            {
            }
        });
        var other = await harness.ConnectAsync();
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var stage in _stages)
            {
                var peer = await harness.ConnectAsync();
                await stage(peer);
                peer.Reset();
            }

            await other.AssertEchoesAsync("hello");
        }

        await AssertNothingLeftAsync(harness, [other]);
        Assert.Empty(harness.Log.Complaints);
    }

    [Theory, EveryTransport]
    public async Task Peers_ConnectAndClose_AreForgottenAtOnce(ITransport transport)
    {
        await using var harness = await KestrelHarness.StartAsync(transport, Applications.EchoAsync);
        var other = await harness.ConnectAsync();
        for (var i = 0; i < 1_000; i++)
        {
            using var peer = await TestClient.ConnectAsync(harness.EndPoint);
            if (i % 2 == 0)
            {
                peer.Reset();
            }
        }

        await other.AssertEchoesAsync("hello");
        await AssertNothingLeftAsync(harness, [other]);
    }

    [Theory, EveryTransport]
    public async Task Messages_InSegmentsOfAByte_AreEchoed(ITransport transport)
    {
        await using var harness = await KestrelHarness.StartAsync(transport, Applications.EchoAsync);
        var peer = await harness.ConnectAsync();
        var message = Pattern.Create(2_000);

        for (var i = 0; i < message.Length; i++)
        {
            await peer.SendAsync(message.AsMemory(i, 1));
        }

        Pattern.Check(await peer.ReceiveExactlyAsync(message.Length), 0);
        await AssertNothingLeftAsync(harness, [peer]);
    }

    [Theory, EveryTransport]
    public async Task Stream_ThatIsLong_IsEchoedByteByByte(ITransport transport)
    {
        const int Length = 64 * 1024 * 1024;
        await using var harness = await KestrelHarness.StartAsync(transport, Applications.EchoAsync);
        var peer = await harness.ConnectAsync();
        var sending = Task.Run(async () =>
        {
            await peer.SendAsync(Pattern.Create(Length));
            peer.ShutdownSend();
        });

        var received = await peer.ReceiveToEndAsync();

        await sending;
        Assert.Equal(Length, received.Length);
        Pattern.Check(received, 0);
        await AssertNothingLeftAsync(harness, []);
    }

    private static async Task<List<TestClient>> ConnectAsync(KestrelHarness harness, int count)
    {
        var clients = new List<TestClient>();
        while (clients.Count < count)
        {
            clients.Add(await harness.ConnectAsync());
        }

        return clients;
    }

    /// <summary>Has these clients end their streams, waits for the server to have stopped without any hurry, and counts.</summary>
    private static async Task AssertNothingLeftAsync(KestrelHarness harness, IEnumerable<TestClient> clients)
    {
        foreach (var client in clients)
        {
            client.ShutdownSend();
        }

        await harness.StopAsync();
        Assert.Equal(0, harness.Memory.Outstanding);
        Assert.Equal(0, harness.Memory.ReturnedTwice);
    }
}
