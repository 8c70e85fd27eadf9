using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;
using Support;

namespace ThreadTransport.Tests.Behaviour;

/// <summary>The server aborts: with a reason (RST) or without (FIN), from wherever and whenever.</summary>
[Trait("Promise", "P7")]
public sealed class AbortTests
{
    private static readonly ConnectionAbortedException _reason = new("enough of this");

    [Theory, EveryTransport]
    [Trait("Contract", "C11")]
    [Trait("Contract", "119")]
    public async Task Abort_ReadPending_ThrowsTheReasonOnEveryRead(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, _) = await harness.ConnectAsync();
        var read = connection.Transport.Input.ReadAsync().AsTask();

        connection.Abort(_reason);

        Assert.Same(_reason, await Assert.ThrowsAsync<ConnectionAbortedException>(() => read.Bounded()));
        Assert.Same(
            _reason,
            await Assert.ThrowsAsync<ConnectionAbortedException>(() => connection.Transport.Input.ReadAsync().Bounded()));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C11"), Trait("Contract", "C20")]
    [Trait("Trap", "17")]
    public async Task Abort_Reason_IsLoggedTheTokenFiresAndTheClientSeesRst(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();

        connection.Abort(_reason);

        await client.ReceiveToResetAsync();
        await connection.ConnectionClosed.CancelledAsync();
        var logged = await harness.Log.WaitForTransportEventAsync(TransportEvent.WriteRst, connection.ConnectionId);
        Assert.Equal(LogLevel.Debug, logged.Level);
        Assert.Equal(_reason.Message, logged.State["Reason"]);
        Assert.Contains(_reason.Message, logged.Message, StringComparison.Ordinal);
        await connection.DisposeAsync().Bounded();
        Assert.Equal([TransportEvent.WriteRst], harness.Log.TransportEvents(connection.ConnectionId));
    }

    [Theory, EveryTransport("context", "feature", "none")]
    [Trait("Contract", "C11")]
    public async Task Abort_EveryWayToSayIt_Resets(ITransport transport, string way)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var read = connection.Transport.Input.ReadAsync().AsTask();

        switch (way)
        {
            case "context":
                connection.Abort(_reason);
                break;
            case "feature":
                connection.Features.Get<IConnectionLifetimeFeature>()!.Abort();
                break;
            default:
                connection.Abort();
                break;
        }

        await client.ReceiveToResetAsync();
        await Assert.ThrowsAsync<ConnectionAbortedException>(() => read.Bounded());
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C11")]
    public async Task Abort_FlushPending_CompletesItAndDropsTheRest(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync(receiveBufferSize: 64 * 1024);
        var flush = Flood.Start(connection.Transport.Output);

        connection.Abort(_reason);

        Assert.True((await flush.Bounded()).IsCompleted);
        Assert.True((await client.ReceiveToResetAsync()).Length < Flood.Size);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C11")]
    [Trait("Contract", "119")]
    public async Task Abort_LaterWrites_AreSwallowed(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, _) = await harness.ConnectAsync();
        connection.Abort(_reason);
        await connection.ConnectionClosed.CancelledAsync();
        await harness.Log.WaitForTransportEventAsync(TransportEvent.WriteRst, connection.ConnectionId);

        var output = connection.Transport.Output;
        await TestTimeout.UntilAsync(async () => (await output.WriteAsync("x"u8.ToArray())).IsCompleted, "a completed flush");
        Assert.True((await output.WriteAsync(Pattern.Create(10 * 1024 * 1024)).Bounded()).IsCompleted);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C11")]
    [Trait("Trap", "21")]
    public async Task Abort_ReceivingPaused_EndsTheConnection(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport, null, s => s.MaxReadBufferSize = 32 * 1024);
        var (connection, client) = await harness.ConnectAsync();
        var send = client.Socket.SendAsync(Pattern.Create(Flood.Size)).ContinueWith(t => t.Exception, TaskScheduler.Default);
        await harness.Log.WaitForTransportEventAsync(TransportEvent.Pause, connection.ConnectionId);

        connection.Abort(_reason);

        await connection.ConnectionClosed.CancelledAsync();
        Assert.Same(
            _reason,
            await Assert.ThrowsAsync<ConnectionAbortedException>(() => connection.Transport.Input.ReadAsync().Bounded()));
        Assert.NotNull(await send.Bounded());
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C11")]
    public async Task Abort_Twice_FirstCauseWins(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();

        connection.Abort(_reason);
        connection.Abort(new ConnectionAbortedException("later"));
        connection.Abort(null!);

        await client.ReceiveToResetAsync();
        Assert.Same(
            _reason,
            await Assert.ThrowsAsync<ConnectionAbortedException>(() => connection.Transport.Input.ReadAsync().Bounded()));
        await connection.DisposeAsync().Bounded();
        connection.Abort(new ConnectionAbortedException("after the end"));
        Assert.Equal([TransportEvent.WriteRst], harness.Log.TransportEvents(connection.ConnectionId));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C11")]
    public async Task Abort_ManyThreadsAtOnce_OneCauseIsSeenEverywhere(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        for (var round = 0; round < 20; round++)
        {
            var (connection, client) = await harness.ConnectAsync();
            var read = connection.Transport.Input.ReadAsync().AsTask();
            var reasons = Enumerable.Range(0, 4).Select(i => new ConnectionAbortedException($"reason {i}")).ToArray();

            await Task.WhenAll(reasons.Select(reason => Task.Run(() => connection.Abort(reason)))).Bounded();

            var seen = await Assert.ThrowsAsync<ConnectionAbortedException>(() => read.Bounded());
            Assert.Contains(seen, reasons);
            await client.ReceiveToResetAsync();
            await connection.DisposeAsync().Bounded();
            var logged = Assert.Single(harness.Log.Events, e => e.IsTransport && e.ConnectionId == connection.ConnectionId);
            Assert.Equal(TransportEvent.WriteRst, logged.Id.Id);
            Assert.Equal(seen.Message, logged.State["Reason"]);
        }
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C11")]
    public async Task Abort_FromTheHandlerItself_EndsItsNextRead(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        await client.SendAsync("x");

        var handler = Task.Run(async () =>
        {
            var result = await connection.Transport.Input.ReadAsync();
            connection.Abort(_reason);
            connection.Transport.Input.AdvanceTo(result.Buffer.End);
            await connection.Transport.Output.WriteAsync("y"u8.ToArray());
            try
            {
                await connection.Transport.Input.ReadAsync();
            }
            finally
            {
                await connection.DisposeAsync();
            }
        });

        Assert.Same(_reason, await Assert.ThrowsAsync<ConnectionAbortedException>(() => handler.Bounded()));
        Assert.Empty(await client.ReceiveToResetAsync());
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C15")]
    [Trait("Trap", "17")]
    public async Task SocketOfTheFeature_Disposed_EndsTheConnection(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var read = connection.Transport.Input.ReadAsync().AsTask();

        connection.Features.Get<IConnectionSocketFeature>()!.Socket.Dispose();

        await Task.WhenAny(read).Bounded();
        await connection.ConnectionClosed.CancelledAsync();
        await client.ReceiveToAnyEndAsync();
        await connection.DisposeAsync().Bounded();
        Assert.Empty(harness.Log.Complaints);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C12")]
    [Trait("Trap", "16"), Trait("Trap", "22")]
    public async Task Abort_Null_EndsWithFin(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var read = connection.Transport.Input.ReadAsync().AsTask();

        connection.Abort(null!);

        Assert.Empty(await client.ReceiveToEndAsync());
        await Assert.ThrowsAsync<ConnectionAbortedException>(() => read.Bounded());
        await connection.ConnectionClosed.CancelledAsync();
        var logged = await harness.Log.WaitForTransportEventAsync(TransportEvent.WriteFin, connection.ConnectionId);
        Assert.Equal(LogLevel.Debug, logged.Level);
        Assert.True(logged.State.ContainsKey("Reason"));
        connection.Abort(_reason);
        await connection.DisposeAsync().Bounded();
        Assert.Equal([TransportEvent.WriteFin], harness.Log.TransportEvents(connection.ConnectionId));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C12")]
    [Trait("Trap", "22")]
    public async Task Abort_NullWithAFlushPending_CompletesIt(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync(receiveBufferSize: 64 * 1024);
        var flush = Flood.Start(connection.Transport.Output);

        connection.Abort(null!);

        Assert.True((await flush.Bounded()).IsCompleted);
        await connection.ConnectionClosed.CancelledAsync();
        Assert.True((await client.ReceiveToEndAsync()).Length < Flood.Size);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C12")]
    public async Task Abort_NullAfterTheClientsFin_EndsWithFin(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        client.ShutdownSend();
        await connection.ConnectionClosed.CancelledAsync();

        connection.Abort(null!);

        Assert.Empty(await client.ReceiveToEndAsync());
        Assert.True((await connection.Transport.Input.ReadAsync().Bounded()).IsCompleted);
        await connection.DisposeAsync().Bounded();
        Assert.Equal([TransportEvent.ReadFin, TransportEvent.WriteFin], harness.Log.TransportEvents(connection.ConnectionId));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C11")]
    public async Task Abort_AfterTheClientsFin_EndsWithRstAndReadsStayCompleted(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        client.ShutdownSend();
        await connection.ConnectionClosed.CancelledAsync();

        connection.Abort(_reason);

        await client.ReceiveToResetAsync();
        Assert.True((await connection.Transport.Input.ReadAsync().Bounded()).IsCompleted);
        await connection.DisposeAsync().Bounded();
        Assert.Equal([TransportEvent.ReadFin, TransportEvent.WriteRst], harness.Log.TransportEvents(connection.ConnectionId));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C11"), Trait("Contract", "C12")]
    public async Task Abort_AtAnyMomentOfAnEcho_EndsItAndLeavesNothing(ITransport transport)
    {
        const int Rounds = 100;
        await using var harness = await TransportHarness.BindAsync(transport);
        var random = new Random(7);
        for (var round = 0; round < Rounds; round++)
        {
            var (connection, client) = await harness.ConnectAsync();
            var writing = new Lock();
            var echo = Task.Run(() => Applications.EchoAsync(connection, writing));
            var echoes = random.Next(4);
            var second = random.Next(3);
            await client.SendAsync(Pattern.At(0, 1000));
            for (var i = 0; i < echoes; i++)
            {
                await client.ReceiveExactlyAsync(1000);
                await client.SendAsync(Pattern.At(0, 1000));
            }

            // Here an echo may be anywhere on its way.
            var aborts = new[]
            {
                Task.Run(() => connection.Abort(_reason)),
                Task.Run(() => connection.Abort(second == 0 ? null! : _reason)),
                second == 1 ? Task.Run(client.Reset) : Task.CompletedTask,
                second == 2 ? Task.Run(Dispose) : Task.CompletedTask,
            };
            await Task.WhenAll(aborts).Bounded();

            // The handler ends in one of the ways in which a connection does; what matters is that it does. Disposing takes its
            // buffers away while it still reads them, and then it may throw whatever it likes.
            await Task.WhenAny(echo).Bounded();
            if (second != 2 && echo.Exception?.InnerException is { } exception)
            {
                Assert.True(exception is ConnectionAbortedException or ConnectionResetException, exception.ToString());
            }

            await connection.DisposeAsync().Bounded();
            Assert.True(connection.ConnectionClosed.IsCancellationRequested);
            client.Dispose();

            // Kestrel does so only after its handler has ended.
            Task Dispose()
            {
                lock (writing)
                {
                    return connection.DisposeAsync().AsTask();
                }
            }
        }

        Assert.Equal(0, harness.Memory.Outstanding);
    }
}
