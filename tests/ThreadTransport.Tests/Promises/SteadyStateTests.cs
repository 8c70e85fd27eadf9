using System.Diagnostics;
using System.Net.Sockets;
using Support;

namespace ThreadTransport.Tests.Promises;

/// <summary>P9: nothing is allocated per message, and a connection that waits holds no block of the pool.</summary>
[Trait("Promise", "P9")]
[Collection(nameof(Alone))]
public sealed class SteadyStateTests
{
    private const int WarmUp = 20_000;
    private const int Echoes = 100_000;

    /// <summary>On a machine where each of them takes a turn in a queue.</summary>
    private const int FewestEchoes = 10_000;

    /// <summary>
    /// For what goes on beside the echoes: tiered compilation, timers, the runner. A single object per message would be
    /// 2,400,000, and 240,000 with the fewest.
    /// </summary>
    private const long Noise = 200_000;

    [Theory, EveryThreadTransport]
    public async Task Echoes_AfterWarmUp_AllocateNothing(ITransport transport)
    {
        await using var harness = await KestrelHarness.StartAsync(transport, Applications.EchoAsync);
        var allocated = 0L;
        await TestTimeout.OnOwnThreadAsync(() =>
        {
            // Connected by a blocking call, and so blocking for good: it allocates nothing itself.
            using var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            client.Connect(harness.EndPoint);
            EchoUntil(client, TestTimeout.Default / 6, 1_000, WarmUp);
            var before = GC.GetTotalAllocatedBytes(precise: true);
            EchoUntil(client, TestTimeout.Default / 3, FewestEchoes, Echoes);
            allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        });

        Assert.InRange(allocated, 0, Noise);
    }

    [Theory, EveryThreadTransport]
    [Trait("Trap", "27")]
    public async Task Connections_ThatWait_HoldNoPoolBlock(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        for (var i = 0; i < 20; i++)
        {
            var size = 100 + (i * 1000);
            var (connection, client) = await harness.ConnectAsync();
            _ = Applications.EchoAsync(connection);
            await client.SendAsync(Pattern.Create(size));
            await client.ReceiveExactlyAsync(size);
        }

        Assert.True(harness.Memory.Rented > 0);
        await TestTimeout.EventuallyAsync(() => harness.Memory.Outstanding == 0, "all blocks are back");
    }

    [Fact]
    public async Task Connections_AllDirectAndBusy_StayDirect()
    {
        const int Count = 50;
        await using var harness = await KestrelHarness.StartAsync(Transports.ThreadsWith(_ => { }), Applications.EchoAsync);
        var clients = await Task.WhenAll(Enumerable.Range(0, Count).Select(_ => harness.ConnectAsync()));

        await TestTimeout.OnOwnThreadAsync(() =>
        {
            for (var round = 0; round < 200; round++)
            {
                foreach (var client in clients)
                {
                    EchoMany(client.Socket, 1);
                }
            }
        });

        // The load of other processes may stretch a stay; it must not do so for many.
        Assert.InRange(harness.Log.Events.Count(e => e.Message.Contains(" split: ", StringComparison.Ordinal)), 0, Count / 5);
    }

    /// <summary>As many as there is time for, between the fewest and the most.</summary>
    private static void EchoUntil(Socket socket, TimeSpan time, int fewest, int most)
    {
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < most && (i < fewest || Stopwatch.GetElapsedTime(began) < time); i++)
        {
            EchoMany(socket, 1);
        }
    }

    private static void EchoMany(Socket socket, int count)
    {
        Span<byte> message = stackalloc byte[64];
        Span<byte> reply = stackalloc byte[64];
        message.Fill(7);
        for (var i = 0; i < count; i++)
        {
            socket.Send(message);
            for (var received = 0; received < reply.Length;)
            {
                // No assertion here: it would allocate.
                var n = socket.Receive(reply[received..]);
                received += n > 0 ? n : throw new EndOfStreamException();
            }
        }
    }
}
