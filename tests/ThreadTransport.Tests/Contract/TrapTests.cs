using System.Net;
using Microsoft.AspNetCore.Connections;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>What threads that block could easily get wrong, where no other test shows it.</summary>
public sealed class TrapTests
{
    [Theory, EveryTransportButTheWrapper]
    [Trait("Contract", "117"), Trait("Trap", "11")]
    public async Task Connections_TenAtATimeForLong_AreAllServed(ITransport transport)
    {
        const int AtOnce = 10;
        const int Each = 250;
        await using var harness = await KestrelHarness.StartAsync(transport, Applications.EchoAsync);

        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async i =>
        {
            for (var n = 0; n < Each; n++)
            {
                using var client = await TestClient.ConnectAsync(harness.EndPoint);
                await client.SendAsync(Pattern.At(i + n, 100));
                Pattern.Check(await client.ReceiveExactlyAsync(100), i + n);
                client.ShutdownSend();
                Assert.Empty(await client.ReceiveToEndAsync());
            }
        }));

        Assert.Empty(harness.Log.Complaints);
    }

    [Theory, EveryTransport]
    [Trait("Trap", "8")]
    public async Task SynchronizationContext_InAHandler_IsNone(ITransport transport)
    {
        var seen = new TaskCompletionSource<SynchronizationContext?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var harness = await KestrelHarness.StartAsync(transport, async connection =>
        {
            await connection.Transport.Input.ReadAsync();
            seen.SetResult(SynchronizationContext.Current);
        });
        var client = await harness.ConnectAsync();
        await client.SendAsync("x");

        Assert.Null(await seen.Task.Bounded());
    }

    [Theory, EveryTransport]
    [Trait("Trap", "10")]
    public async Task AcceptAsync_ClientComes_GoesOnOnThePool(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var accept = AcceptOnAsync(harness.Listener);

        await harness.ConnectClientAsync();

        Assert.True(await accept.Bounded(), "Kestrel's accept loop went on on a thread of the transport's.");
    }

    [Fact]
    [Trait("Trap", "10")]
    public async Task AcceptAsync_ThereIsRoomAgain_GoesOnOnThePool()
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(options => options.MaxConnections = 1));
        var (connection, _) = await harness.ConnectAsync();
        var accept = AcceptOnAsync(harness.Listener);
        await harness.ConnectClientAsync();

        await connection.DisposeAsync().Bounded();

        Assert.True(await accept.Bounded(), "Kestrel's accept loop went on on a thread of the transport's.");
    }

    [Theory, EveryTransport]
    [Trait("Trap", "28")]
    public async Task Input_MuchAtOnce_LiesInBlocksOfThePool(ITransport transport)
    {
        const int Size = 300_000;
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        await client.SendAsync(Pattern.At(0, Size));

        var result = await connection.Transport.Input.ReadAtLeastAsync(Size).Bounded();

        var segments = 0;
        foreach (var segment in result.Buffer)
        {
            Assert.InRange(segment.Length, 0, 4096);
            segments++;
        }

        Assert.InRange(harness.Memory.Outstanding, segments, int.MaxValue);
        Pattern.Check(result.Buffer, 0);
        connection.Transport.Input.AdvanceTo(result.Buffer.End);
    }

    [Theory, EveryTransport]
    [Trait("Trap", "29")]
    public async Task Pool_DisposedUnderALiveConnection_EndsItsReadAndNothingElse(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        await harness.Listener.DisposeAsync().Bounded();

        var read = connection.Transport.Input.ReadAsync().AsTask();
        await client.SendAsync(Pattern.At(0, 100_000));

        // There is nowhere to put the bytes, so it ends with whatever the transport makes of that.
        await Task.WhenAny(read).Bounded();
        await connection.DisposeAsync().Bounded();
        Assert.True(connection.ConnectionClosed.IsCancellationRequested);
        var again = await harness.BindAsync(new IPEndPoint(IPAddress.Loopback, 0));
        var next = await harness.ConnectClientAsync(again.EndPoint);
        var echo = Applications.EchoAsync(await harness.AcceptAsync(again));
        await next.SendAsync("still here");
        Assert.Equal("still here", await next.ReceiveTextAsync(10));
        next.ShutdownSend();
        await echo.Bounded();
    }

    [Theory, EveryTransport]
    [Trait("Trap", "35")]
    public async Task ExecutionContext_OfWhoBindsAndAccepts_IsNotTheConnections(ITransport transport)
    {
        var local = new AsyncLocal<string?> { Value = "of the accept loop" };
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var seen = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
#pragma warning disable CA2012 // A bare continuation, which brings no context along.
        connection.Transport.Input.ReadAsync().GetAwaiter().UnsafeOnCompleted(() =>
#pragma warning restore CA2012
        {
            if (connection.Transport.Input.TryRead(out var result))
            {
                connection.Transport.Input.AdvanceTo(result.Buffer.End);
            }

            seen.SetResult(local.Value);
        });

        await client.SendAsync("x");

        Assert.Null(await seen.Task.Bounded());
    }

    [Theory, EveryTransport]
    [Trait("Trap", "38")]
    public async Task Handler_WritesMuchAndThenBlocks_TheClientGetsItAll(ITransport transport)
    {
        const int Size = 8 * 1024 * 1024;
        using var leave = new SemaphoreSlim(0);
        await using var harness = await KestrelHarness.StartAsync(transport, async connection =>
        {
            await connection.Transport.Input.ReadAsync();
            _ = connection.Transport.Output.WriteAsync(Pattern.Create(Size)).AsTask();
            Assert.True(leave.Wait(TestTimeout.Default));
        });
        var client = await harness.ConnectAsync();
        await client.SendAsync("x");

        Pattern.Check(await client.ReceiveExactlyAsync(Size), 0);

        leave.Release();
        Assert.Empty(await client.ReceiveToEndAsync());
    }

    /// <summary>Whether what follows the next accept runs on the pool. The connection is ended at once.</summary>
    private static async Task<bool> AcceptOnAsync(IConnectionListener listener)
    {
        var accept = listener.AcceptAsync();
        Assert.False(accept.IsCompleted);
        var connection = await accept;
        var onPool = Thread.CurrentThread.IsThreadPoolThread;
        await connection!.DisposeAsync();
        return onPool;
    }
}
