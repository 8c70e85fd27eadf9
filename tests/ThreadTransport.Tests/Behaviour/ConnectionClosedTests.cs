using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Support;

namespace ThreadTransport.Tests.Behaviour;

/// <summary>The token that tells of a connection's end.</summary>
[Trait("Promise", "P7")]
public sealed class ConnectionClosedTests
{
    [Theory, EveryTransport("fin", "rst", "abort", "abort null", "complete", "complete with exception", "dispose")]
    [Trait("Contract", "C16"), Trait("Contract", "C17")]
    [Trait("Contract", "120"), Trait("Trap", "25")]
    public async Task ConnectionClosed_EveryEnd_FiresOnceAndBeforeDisposeAsyncReturns(ITransport transport, string end)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var token = connection.ConnectionClosed;
        var fired = 0;
        var callback = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        token.Register(() =>
        {
            Interlocked.Increment(ref fired);
            callback.TrySetResult(Thread.CurrentThread.IsThreadPoolThread);
        });

        switch (end)
        {
            case "fin":
                client.ShutdownSend();
                break;
            case "rst":
                client.Reset();
                break;
            case "abort":
                connection.Abort(new ConnectionAbortedException("enough"));
                break;
            case "abort null":
                connection.Abort(null!);
                break;
            case "complete":
                connection.Transport.Output.Complete();
                break;
            case "complete with exception":
                connection.Transport.Output.Complete(new InvalidDataException());
                break;
            default:
                break;
        }

        if (end != "dispose")
        {
            Assert.True(await callback.Task.Bounded(), "Callbacks run on the pool.");
        }

        await connection.DisposeAsync().Bounded();
        Assert.True(token.IsCancellationRequested);
        Assert.Equal(1, fired);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C17")]
    public async Task ConnectionClosed_CallbackThrows_IsLoggedAndNotPropagated(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var others = 0;
        connection.ConnectionClosed.Register(() => Interlocked.Increment(ref others));
        connection.ConnectionClosed.Register(() => throw new InvalidDataException("a callback's"));
        connection.ConnectionClosed.Register(() => Interlocked.Increment(ref others));

        client.ShutdownSend();
        Assert.True((await connection.Transport.Input.ReadAsync().Bounded()).IsCompleted);
        await connection.DisposeAsync().Bounded();

        Assert.Equal(2, others);
        var logged = await harness.Log.WaitForAsync(e => e.Level == LogLevel.Error, "an error");
        Assert.Equal(TransportEvent.Category, logged.Category);
        Assert.Equal(0, logged.Id.Id);
        Assert.Contains("a callback's", logged.Exception!.ToString(), StringComparison.Ordinal);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C16")]
    public async Task DisposeAsync_CallbackStillRuns_WaitsForIt(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        using var inside = new SemaphoreSlim(0);
        using var leave = new SemaphoreSlim(0);
        connection.ConnectionClosed.Register(() =>
        {
            inside.Release();
            leave.Wait(TestTimeout.Default);
        });
        client.ShutdownSend();
        Assert.True(await inside.WaitAsync(TestTimeout.Default));

        var dispose = connection.DisposeAsync().AsTask();
        Assert.Empty(await client.ReceiveToEndAsync());
        Assert.False(dispose.IsCompleted);

        leave.Release();
        await dispose.Bounded();
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C17")]
    public async Task ConnectionClosed_CallbackAborts_DoesNotHang(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        connection.ConnectionClosed.Register(() => connection.Abort(null!));

        client.ShutdownSend();

        Assert.Empty(await client.ReceiveToEndAsync());
        await connection.DisposeAsync().Bounded();
        Assert.Equal([TransportEvent.ReadFin, TransportEvent.WriteFin], harness.Log.TransportEvents(connection.ConnectionId));
    }
}
