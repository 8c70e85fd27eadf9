using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Support;

namespace ThreadTransport.Tests.Behaviour;

/// <summary>The client ends the connection: in order (FIN) or not (RST).</summary>
[Trait("Promise", "P7")]
public sealed class PeerEndTests
{
    [Theory, EveryTransport]
    [Trait("Contract", "C9")]
    public async Task Fin_AfterData_DataFirstThenCompletedWithoutException(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        await client.SendAsync(Pattern.At(0, 10_000));
        client.ShutdownSend();

        var offset = 0L;
        while (true)
        {
            var result = await connection.Transport.Input.ReadAsync().Bounded();
            Pattern.Check(result.Buffer, offset);
            offset += result.Buffer.Length;
            connection.Transport.Input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                break;
            }
        }

        Assert.Equal(10_000, offset);
        var again = await connection.Transport.Input.ReadAsync().Bounded();
        Assert.True(again.IsCompleted);
        Assert.True(again.Buffer.IsEmpty);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C9"), Trait("Contract", "C20")]
    public async Task Fin_ReadPending_CompletesItFiresTheTokenAndLogsOnce(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var read = connection.Transport.Input.ReadAsync();

        client.ShutdownSend();

        Assert.True((await read.Bounded()).IsCompleted);
        await connection.ConnectionClosed.CancelledAsync();
        await harness.Log.WaitForTransportEventAsync(TransportEvent.ReadFin, connection.ConnectionId);
        await connection.DisposeAsync().Bounded();
        Assert.Equal([TransportEvent.ReadFin, TransportEvent.WriteFin], harness.Log.TransportEvents(connection.ConnectionId));
    }

    /// <summary>Kestrel gives up an answer that is not sent when it is told of the end. A busy machine may tell it early, but not mostly.</summary>
    [Theory, EveryTransportButTheWrapper]
    [Trait("Contract", "C9")]
    public async Task Fin_RightAfterData_FiresTheTokenAfterTheApplicationHasTheData(ITransport transport)
    {
        const int Attempts = 50;
        await using var harness = await TransportHarness.BindAsync(transport);
        var inOrder = 0;
        for (var i = 0; i < Attempts; i++)
        {
            var (connection, client) = await harness.ConnectAsync();
            var handler = HasDataFirstAsync(connection);
            await client.SendAsync("x");
            client.ShutdownSend();
            inOrder += await handler.Bounded() ? 1 : 0;
            await connection.ConnectionClosed.CancelledAsync();
            await connection.DisposeAsync().Bounded();
        }

        Assert.InRange(inOrder, Attempts * 3 / 4, Attempts);

        static async Task<bool> HasDataFirstAsync(ConnectionContext connection)
        {
            var result = await connection.Transport.Input.ReadAsync();
            var isFirst = !connection.ConnectionClosed.IsCancellationRequested;
            connection.Transport.Input.AdvanceTo(result.Buffer.End);
            return isFirst;
        }
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C9")]
    public async Task Fin_NobodyReads_IsNoticedAllTheSame(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        await client.SendAsync("unread");

        client.ShutdownSend();

        await connection.ConnectionClosed.CancelledAsync();
        var result = await connection.Transport.Input.ReadAtLeastAsync(6).Bounded();
        Assert.Equal("unread"u8.ToArray(), result.Buffer.ToArray());
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C9")]
    [Trait("Trap", "31")]
    public async Task Fin_Seen_SendingStillWorks(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        client.ShutdownSend();
        Assert.True((await connection.Transport.Input.ReadAsync().Bounded()).IsCompleted);
        await connection.ConnectionClosed.CancelledAsync();

        for (var i = 0; i < 5; i++)
        {
            Assert.False((await connection.Transport.Output.WriteAsync("after"u8.ToArray()).Bounded()).IsCompleted);
            Assert.Equal("after", await client.ReceiveTextAsync(5));
        }

        connection.Transport.Output.Complete();
        Assert.Empty(await client.ReceiveToEndAsync());
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C9")]
    public async Task Fin_ClientClosedForGood_WritesAreSwallowed(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        client.Dispose();
        await connection.ConnectionClosed.CancelledAsync();

        await AssertWritesEndAsync(connection.Transport.Output);
        Assert.Empty(harness.Log.Complaints);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C10"), Trait("Contract", "C20")]
    public async Task Rst_ReadPending_ThrowsOnEveryReadFiresTheTokenAndLogs(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var read = connection.Transport.Input.ReadAsync().AsTask();

        client.Reset();

        var exception = await Assert.ThrowsAsync<ConnectionResetException>(() => read.Bounded());
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(exception.InnerException).SocketErrorCode);
        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<ConnectionResetException>(() => connection.Transport.Input.ReadAsync().Bounded());
        }

        await connection.ConnectionClosed.CancelledAsync();
        var logged = await harness.Log.WaitForTransportEventAsync(TransportEvent.Reset, connection.ConnectionId);
        Assert.Equal(LogLevel.Debug, logged.Level);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C10")]
    public async Task Rst_NobodyReads_IsNoticedAllTheSame(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();

        client.Reset();

        await connection.ConnectionClosed.CancelledAsync();
        await harness.Log.WaitForTransportEventAsync(TransportEvent.Reset, connection.ConnectionId);
        await Assert.ThrowsAsync<ConnectionResetException>(() => connection.Transport.Input.ReadAsync().Bounded());
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C10")]
    [Trait("Trap", "19"), Trait("Trap", "36")]
    public async Task Rst_LaterWrites_AreSwallowedAndEndTheConnection(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        client.Reset();
        await connection.ConnectionClosed.CancelledAsync();

        await AssertWritesEndAsync(connection.Transport.Output);

        await harness.Log.WaitForTransportEventAsync(TransportEvent.WriteRst, connection.ConnectionId);
        await Assert.ThrowsAsync<ConnectionResetException>(() => connection.Transport.Input.ReadAsync().Bounded());
        Assert.Empty(harness.Log.Complaints);
    }

    [Theory, EveryThreadTransport]
    [Trait("Contract", "C10")]
    [Trait("Trap", "19"), Trait("Trap", "36")]
    public async Task Rst_WhileTheApplicationWrites_IsNeverTakenForAFin(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        for (var round = 0; round < 300; round++)
        {
            var (connection, client) = await harness.ConnectAsync();
            var write = Task.Run(async () =>
            {
                while (!(await connection.Transport.Output.WriteAsync(Pattern.At(0, 10))).IsCompleted)
                {
                }
            });
            var read = Task.Run(async () => await connection.Transport.Input.ReadAsync());
            await client.ReceiveExactlyAsync(10);

            client.Reset();

            // Whether a send or the receive is told of it.
            await Assert.ThrowsAsync<ConnectionResetException>(() => read.Bounded());
            await write.Bounded();
            await connection.DisposeAsync().Bounded();
            Assert.DoesNotContain(TransportEvent.ReadFin, harness.Log.TransportEvents(connection.ConnectionId));
        }
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C10")]
    [Trait("Trap", "18"), Trait("Trap", "19")]
    public async Task Rst_FlushPending_CompletesIt(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync(receiveBufferSize: 64 * 1024);
        var flush = Flood.Start(connection.Transport.Output);

        client.Reset();

        await flush.Bounded();
        await AssertWritesEndAsync(connection.Transport.Output);
        await connection.ConnectionClosed.CancelledAsync();
        Assert.Empty(harness.Log.Complaints);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C10")]
    public async Task Rst_RightAfterConnectAndSend_NothingAboveDebug(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        for (var i = 0; i < 10; i++)
        {
            var client = await harness.ConnectClientAsync();
            await client.SendAsync("hello");
            client.Reset();
            var connection = await harness.AcceptAsync();
            await Assert.ThrowsAsync<ConnectionResetException>(
                () => connection.Transport.Input.CopyToAsync(Stream.Null).Bounded());
            await connection.DisposeAsync().Bounded();
        }

        Assert.Empty(harness.Log.Complaints);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C13")]
    [Trait("Trap", "34"), Trait("Trap", "37")]
    public async Task UnixDomainSocket_EveryEnd_IsAnEndOfStreamForTheClient(ITransport transport)
    {
        using var path = new TemporarySocketPath();
        await using var harness = await TransportHarness.BindAsync(transport, path.EndPoint);

        var (aborted, first) = await harness.ConnectAsync();
        aborted.Abort(new ConnectionAbortedException("enough"));
        Assert.Empty(await first.ReceiveToEndAsync());
        await harness.Log.WaitForTransportEventAsync(TransportEvent.WriteRst, aborted.ConnectionId);

        var (finished, second) = await harness.ConnectAsync();
        await finished.Transport.Output.WriteAsync("bye"u8.ToArray()).Bounded();
        await finished.DisposeAsync().Bounded();
        Assert.Equal("bye"u8.ToArray(), await second.ReceiveToEndAsync());

        var (left, third) = await harness.ConnectAsync();
        third.Dispose();
        Assert.True((await left.Transport.Input.ReadAsync().Bounded()).IsCompleted);
        await left.ConnectionClosed.CancelledAsync();
    }

    /// <summary>Writes until a flush says that the transport is done; none of them throws.</summary>
    private static async Task AssertWritesEndAsync(PipeWriter output)
    {
        await TestTimeout.UntilAsync(
            async () => (await output.WriteAsync(Pattern.At(0, 4096))).IsCompleted,
            "a flush that is completed");
        Assert.True((await output.WriteAsync(Pattern.At(0, 4096)).Bounded()).IsCompleted);
    }
}
