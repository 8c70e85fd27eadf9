using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Support;

namespace ThreadTransport.Tests.Promises;

/// <summary>
/// Reading, flushing, aborting and cancelling return to their caller at once, whatever the connection's thread is doing and
/// whatever the client is not. Each is called on a thread that the test owns; had it blocked, the test would never see its end.
/// </summary>
[Trait("Promise", "P5")]
public sealed class NonBlockingCallTests
{
    [Theory, EveryTransport]
    [Trait("Trap", "3")]
    public async Task ReadAsync_NothingSent_Returns(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        Task<ReadResult> read = null!;

        await TestTimeout.OnOwnThreadAsync(() => read = connection.Transport.Input.ReadAsync().AsTask());

        Assert.False(read.IsCompleted);
        await client.SendAsync("x");
        await read.Bounded();
    }

    [Theory, EveryTransport("WriteAsync", "FlushAsync")]
    [Trait("Trap", "1"), Trait("Trap", "2")]
    public async Task FlushAsync_ClientDoesNotRead_Returns(ITransport transport, string call)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync(receiveBufferSize: 64 * 1024);

        var flush = await FloodAsync(connection.Transport.Output, call);

        Assert.False(flush.IsCompleted);
        Pattern.Check(await client.ReceiveExactlyAsync(Flood.Size), 0);
        await flush.Bounded();
    }

    [Theory, EveryTransport]
    [Trait("Trap", "6")]
    public async Task FlushAsync_WhileAReadWaits_Returns(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var read = connection.Transport.Input.ReadAsync().AsTask();

        Task<FlushResult> flush = null!;
        await TestTimeout.OnOwnThreadAsync(() => flush = connection.Transport.Output.WriteAsync("x"u8.ToArray()).AsTask());
        Assert.True(flush.IsCompleted);

        await client.ReceiveExactlyAsync(1);
        Assert.False(read.IsCompleted);
    }

    [Theory, EveryTransport]
    [Trait("Trap", "3")]
    public async Task CancelPendingRead_WhileAReadWaits_Returns(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, _) = await harness.ConnectAsync();
        var read = connection.Transport.Input.ReadAsync().AsTask();

        await TestTimeout.OnOwnThreadAsync(connection.Transport.Input.CancelPendingRead);

        Assert.True((await read.Bounded()).IsCanceled);
    }

    [Theory, EveryTransport]
    public async Task CancelPendingFlush_WhileAFlushWaits_Returns(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, _) = await harness.ConnectAsync(receiveBufferSize: 64 * 1024);
        var flush = await FloodAsync(connection.Transport.Output);

        await TestTimeout.OnOwnThreadAsync(connection.Transport.Output.CancelPendingFlush);

        Assert.True((await flush.Bounded()).IsCanceled);
    }

    [Theory, EveryTransport(true, false)]
    [Trait("Trap", "15")]
    public async Task Abort_WhileAReadWaits_Returns(ITransport transport, bool withReason)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, _) = await harness.ConnectAsync();
        var read = connection.Transport.Input.ReadAsync().AsTask();

        await TestTimeout.OnOwnThreadAsync(() => connection.Abort(withReason ? new ConnectionAbortedException("enough") : null!));

        await Assert.ThrowsAsync<ConnectionAbortedException>(() => read.Bounded());
    }

    [Theory, EveryTransport(true, false)]
    [Trait("Trap", "1"), Trait("Trap", "15")]
    public async Task Abort_WhileAFlushWaits_Returns(ITransport transport, bool withReason)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, _) = await harness.ConnectAsync(receiveBufferSize: 64 * 1024);
        var flush = await FloodAsync(connection.Transport.Output);

        await TestTimeout.OnOwnThreadAsync(() => connection.Abort(withReason ? new ConnectionAbortedException("enough") : null!));

        Assert.True((await flush.Bounded()).IsCompleted);
    }

    [Theory, EveryTransport(true, false)]
    public async Task Abort_WhileACallbackOfTheTokenBlocks_Returns(ITransport transport, bool withReason)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, _) = await harness.ConnectAsync();
        using var leave = new ManualResetEventSlim();
        using var registration = connection.ConnectionClosed.Register(() => leave.Wait(2 * TestTimeout.Default));

        try
        {
            await TestTimeout.OnOwnThreadAsync(() => connection.Abort(withReason ? new ConnectionAbortedException("enough") : null!));
        }
        finally
        {
            leave.Set();
        }
    }

    [Theory, EveryTransport("cancel", "token", "abort", "abort null")]
    public async Task WhoEndsAFlush_DoesNotRunWhatFollowsIt(ITransport transport, string end)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, _) = await harness.ConnectAsync(receiveBufferSize: 64 * 1024);
        using var cancel = new CancellationTokenSource();
        Task<FlushResult> flush = null!;
        await TestTimeout.OnOwnThreadAsync(() => flush = Flood.Start(connection.Transport.Output, cancel.Token));
        var following = FollowAsync();
        Thread? ending = null;

        await TestTimeout.OnOwnThreadAsync(() =>
        {
            ending = Thread.CurrentThread;
            switch (end)
            {
                case "cancel":
                    connection.Transport.Output.CancelPendingFlush();
                    break;
                case "token":
                    cancel.Cancel();
                    break;
                case "abort":
                    connection.Abort(new ConnectionAbortedException("enough"));
                    break;
                default:
                    connection.Abort(null!);
                    break;
            }
        });

        Assert.NotSame(ending, await following.Bounded());

        async Task<Thread> FollowAsync()
        {
            // Goes on where the flush ends, and not where the test runs.
            await ((Task)flush).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return Thread.CurrentThread;
        }
    }

    [Theory, EveryThreadedTransport]
    public async Task EveryCall_HandlerBlocksTheConnectionsThread_Returns(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        using var inside = new SemaphoreSlim(0);
        using var leave = new SemaphoreSlim(0);
        var handler = Task.Run(async () =>
        {
            var result = await connection.Transport.Input.ReadAsync();
            connection.Transport.Input.AdvanceTo(result.Buffer.End);
            inside.Release();
            Assert.True(leave.Wait(TestTimeout.Default));
        });
        await client.SendAsync("x");
        Assert.True(await inside.WaitAsync(TestTimeout.Default));

        Task<ReadResult> read = null!;
        await TestTimeout.OnOwnThreadAsync(() =>
        {
            read = connection.Transport.Input.ReadAsync().AsTask();
            connection.Transport.Input.CancelPendingRead();
        });
        Assert.True((await read.Bounded()).IsCanceled);
        Task<FlushResult> flush = null!;
        await TestTimeout.OnOwnThreadAsync(() =>
        {
            flush = connection.Transport.Output.WriteAsync("y"u8.ToArray()).AsTask();
            connection.Transport.Output.CancelPendingFlush();
        });
        Assert.True(flush.IsCompleted);
        Assert.Equal("y", await client.ReceiveTextAsync(1));
        await TestTimeout.OnOwnThreadAsync(() => connection.Abort(new ConnectionAbortedException("enough")));

        // The client learns of it, and so does the token, while the handler still sits there.
        await client.ReceiveToResetAsync();
        await connection.ConnectionClosed.CancelledAsync();
        Assert.False(handler.IsCompleted);
        leave.Release();
        await handler.Bounded();
    }

    [Theory, EveryThreadedTransport("fin", "rst")]
    [Trait("Promise", "P6")]
    [Trait("Trap", "5")]
    public async Task ConnectionClosed_ClientLeavesWhileTheHandlerBlocks_Fires(ITransport transport, string end)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        using var leave = new SemaphoreSlim(0);
        var handler = Task.Run(async () =>
        {
            await connection.Transport.Input.ReadAsync();
            await connection.Transport.Output.WriteAsync("in"u8.ToArray());
            Assert.True(leave.Wait(TestTimeout.Default));
        });
        await client.SendAsync("x");
        await client.ReceiveExactlyAsync(2);

        if (end == "fin")
        {
            client.ShutdownSend();
        }
        else
        {
            client.Reset();
        }

        await connection.ConnectionClosed.CancelledAsync();
        Assert.False(handler.IsCompleted);
        leave.Release();
        await handler.Bounded();
    }

    /// <summary>Starts a flush that stays pending until the client reads.</summary>
    private static async Task<Task<FlushResult>> FloodAsync(PipeWriter output, string call = "WriteAsync")
    {
        Task<FlushResult> flush = null!;
        await TestTimeout.OnOwnThreadAsync(
            () => flush = call == "WriteAsync" ? Flood.Start(output) : Flood.StartByFlushing(output));
        return flush;
    }
}
