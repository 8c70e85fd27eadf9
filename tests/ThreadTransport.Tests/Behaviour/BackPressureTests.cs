using System.IO.Pipelines;
using Support;

namespace ThreadTransport.Tests.Behaviour;

/// <summary>How much a connection buffers for an application, or for a client, that is slow.</summary>
[Trait("Promise", "P7")]
public sealed class BackPressureTests
{
    private const int Limit = 64 * 1024;

    [Theory, EveryTransport]
    [Trait("Contract", "C5"), Trait("Contract", "C6")]
    public async Task Receiving_ApplicationDoesNotRead_PausesAtTheLimitAndResumes(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport, null, s => s.MaxReadBufferSize = Limit);
        var (connection, client) = await harness.ConnectAsync();
        var send = client.SendAsync(Pattern.Create(Flood.Size));

        await harness.Log.WaitForTransportEventAsync(TransportEvent.Pause, connection.ConnectionId);

        Assert.False(send.IsCompleted);
        Assert.True(harness.Memory.Outstanding <= (2 * Limit / 4096) + 4, $"{harness.Memory.Outstanding} blocks are out.");
        await ReadAsync(connection.Transport.Input, Flood.Size);
        await send.Bounded();
        await harness.Log.WaitForTransportEventAsync(TransportEvent.Resume, connection.ConnectionId);
        client.ShutdownSend();
        Assert.True((await connection.Transport.Input.ReadAsync().Bounded()).IsCompleted);
        var events = harness.Log.TransportEvents(connection.ConnectionId);
        Assert.Equal(events.Count(id => id == TransportEvent.Pause), events.Count(id => id == TransportEvent.Resume));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C5")]
    public async Task Receiving_Paused_DoesNotNoticeTheClientLeaving(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport, null, s => s.MaxReadBufferSize = Limit);
        var (connection, client) = await harness.ConnectAsync();
        var data = Pattern.Create(4 * Limit);
        await client.SendAsync(data);
        await harness.Log.WaitForTransportEventAsync(TransportEvent.Pause, connection.ConnectionId);

        client.ShutdownSend();

        // Nothing is received while paused, and the end comes after all that was sent before it.
        Assert.False(connection.ConnectionClosed.IsCancellationRequested);
        await ReadAsync(connection.Transport.Input, data.Length);
        Assert.True((await connection.Transport.Input.ReadAsync().Bounded()).IsCompleted);
        await connection.ConnectionClosed.CancelledAsync();
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C5")]
    public async Task Receiving_ExaminedBytes_DoNotCountTowardsTheLimit(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport, null, s => s.MaxReadBufferSize = 4096);
        var (connection, client) = await harness.ConnectAsync();
        var send = client.SendAsync(Pattern.Create(1024 * 1024));

        var result = await connection.Transport.Input.ReadAtLeastAsync(1024 * 1024).Bounded();

        Assert.Equal(1024 * 1024, result.Buffer.Length);
        Pattern.Check(result.Buffer, 0);
        await send.Bounded();
    }

    [Theory, EveryTransport(0L, null!)]
    [Trait("Contract", "C5")]
    public async Task Receiving_NoLimit_TakesEverything(ITransport transport, long? limit)
    {
        await using var harness = await TransportHarness.BindAsync(transport, null, s => s.MaxReadBufferSize = limit);
        var (connection, client) = await harness.ConnectAsync();

        // More than fits into the kernel, so the server takes it in although nobody reads.
        await client.SendAsync(Pattern.Create(Flood.Size)).Bounded();

        await ReadAsync(connection.Transport.Input, Flood.Size);
        Assert.DoesNotContain(TransportEvent.Pause, harness.Log.TransportEvents(connection.ConnectionId));
    }

    [Theory, EveryTransport(0L, null!)]
    [Trait("Contract", "C5")]
    public async Task Sending_NoLimit_FlushNeverWaits(ITransport transport, long? limit)
    {
        await using var harness = await TransportHarness.BindAsync(transport, null, s => s.MaxWriteBufferSize = limit);
        var (connection, client) = await harness.ConnectAsync();

        var flush = connection.Transport.Output.WriteAsync(Pattern.Create(Flood.Size)).AsTask();

        Assert.True(flush.IsCompleted);
        Pattern.Check(await client.ReceiveExactlyAsync(Flood.Size), 0);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C5"), Trait("Contract", "C7")]
    public async Task Sending_ClientDoesNotRead_OthersGoOnAndEveryByteArrives(ITransport transport)
    {
        const int Size = 10 * 1024 * 1024;
        await using var harness = await KestrelHarness.StartAsync(transport, async connection =>
        {
            var first = await connection.Transport.Input.ReadAsync();
            var slow = first.Buffer.FirstSpan[0] == 's';
            connection.Transport.Input.AdvanceTo(slow ? first.Buffer.End : first.Buffer.Start);
            if (!slow)
            {
                await Applications.EchoAsync(connection);
                return;
            }

            for (var offset = 0; offset < Size; offset += 16 * 1024)
            {
                await connection.Transport.Output.WriteAsync(Pattern.At(offset, 16 * 1024));
            }
        });
        var slowClient = await harness.ConnectAsync(receiveBufferSize: 64 * 1024);
        await slowClient.SendAsync("s");
        Assert.Equal(Pattern.At(0, 1).ToArray(), await slowClient.ReceiveExactlyAsync(1));

        var others = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => harness.ConnectAsync()));
        for (var i = 0; i < 100; i++)
        {
            foreach (var client in others)
            {
                await client.SendAsync("echo");
                Assert.Equal("echo", await client.ReceiveTextAsync(4));
            }
        }

        var rest = await slowClient.ReceiveToEndAsync();
        Assert.Equal(Size - 1, rest.Length);
        Pattern.Check(rest, 1);
    }

    private static async Task ReadAsync(PipeReader input, long count)
    {
        for (var offset = 0L; offset < count;)
        {
            var result = await input.ReadAsync().Bounded();
            Pattern.Check(result.Buffer, offset);
            offset += result.Buffer.Length;
            input.AdvanceTo(result.Buffer.End);
        }
    }
}
