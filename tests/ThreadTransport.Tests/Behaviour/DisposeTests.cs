using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Support;

namespace ThreadTransport.Tests.Behaviour;

/// <summary>The last call to a connection: what it waits for and what it leaves behind.</summary>
[Trait("Contract", "C18"), Trait("Promise", "P7")]
public sealed class DisposeTests
{
    [Theory, EveryTransport]
    [Trait("Trap", "23")]
    public async Task DisposeAsync_FreshConnection_EndsWithFin(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();

        await connection.DisposeAsync().Bounded();

        Assert.Empty(await client.ReceiveToEndAsync());
        Assert.Equal([TransportEvent.WriteFin], harness.Log.TransportEvents(connection.ConnectionId));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "120"), Trait("Trap", "23")]
    public async Task DisposeAsync_BytesNotYetSent_DrainsThemToASlowReader(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport, null, s => s.MaxWriteBufferSize = null);
        var (connection, client) = await harness.ConnectAsync(receiveBufferSize: 64 * 1024);
        await connection.Transport.Output.WriteAsync(Pattern.Create(Flood.Size)).Bounded();

        var dispose = connection.DisposeAsync().AsTask();
        Assert.False(dispose.IsCompleted);
        var received = await client.ReceiveToEndAsync();

        Assert.Equal(Flood.Size, received.Length);
        Pattern.Check(received, 0);
        await dispose.Bounded();
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C11")]
    [Trait("Trap", "24")]
    public async Task DisposeAsync_AbortedWhileItDrains_Ends(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport, null, s => s.MaxWriteBufferSize = null);
        var (connection, client) = await harness.ConnectAsync(receiveBufferSize: 64 * 1024);
        await connection.Transport.Output.WriteAsync(Pattern.Create(Flood.Size)).Bounded();
        var dispose = connection.DisposeAsync().AsTask();
        Assert.False(dispose.IsCompleted);

        connection.Abort(new ConnectionAbortedException("too slow"));

        await dispose.Bounded();
        Assert.True((await client.ReceiveToResetAsync()).Length < Flood.Size);
        Assert.True(connection.ConnectionClosed.IsCancellationRequested);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C12")]
    public async Task DisposeAsync_AbortedWithNullWhileItDrains_Ends(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport, null, s => s.MaxWriteBufferSize = null);
        var (connection, client) = await harness.ConnectAsync(receiveBufferSize: 64 * 1024);
        await connection.Transport.Output.WriteAsync(Pattern.Create(Flood.Size)).Bounded();
        var dispose = connection.DisposeAsync().AsTask();

        connection.Abort(null!);

        await dispose.Bounded();
        Assert.True((await client.ReceiveToEndAsync()).Length < Flood.Size);
    }

    [Theory, EveryTransport]
    public async Task DisposeAsync_ClientResetsWhileItDrains_Ends(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport, null, s => s.MaxWriteBufferSize = null);
        var (connection, client) = await harness.ConnectAsync(receiveBufferSize: 64 * 1024);
        await connection.Transport.Output.WriteAsync(Pattern.Create(Flood.Size)).Bounded();
        var dispose = connection.DisposeAsync().AsTask();

        client.Reset();

        await dispose.Bounded();
    }

    [Theory, EveryTransport]
    public async Task DisposeAsync_Repeated_IsHarmless(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => connection.DisposeAsync().AsTask()))).Bounded();
        await connection.DisposeAsync().Bounded();

        Assert.Empty(await client.ReceiveToEndAsync());
        Assert.Equal([TransportEvent.WriteFin], harness.Log.TransportEvents(connection.ConnectionId));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "35")]
    [Trait("Trap", "30")]
    public async Task DisposeAsync_TransportReplaced_ClosesTheOwnPipesOnly(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var mine = new Pipes(new Pipe());
        connection.Transport = mine;
        Assert.Same(mine, connection.Transport);

        await connection.DisposeAsync().Bounded();

        Assert.Empty(await client.ReceiveToEndAsync());
        Assert.Same(mine, connection.Transport);

        // The pipe that was put in its place is not the transport's to complete.
        Assert.False((await mine.Output.WriteAsync("x"u8.ToArray()).Bounded()).IsCompleted);
        Assert.False((await mine.Input.ReadAsync().Bounded()).IsCompleted);
    }

    [Theory, EveryTransport]
    public async Task DisposeAsync_AfterTheClientsRst_Ends(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        client.Reset();
        await connection.ConnectionClosed.CancelledAsync();

        await connection.DisposeAsync().Bounded();
    }

    [Theory, EveryTransport]
    public async Task ReadAsync_AfterDisposeAsync_Throws(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, _) = await harness.ConnectAsync();

        await connection.DisposeAsync().Bounded();

        await Assert.ThrowsAsync<InvalidOperationException>(() => connection.Transport.Input.ReadAsync().Bounded());
    }

    [Theory, EveryTransport("untouched", "read not advanced", "unread", "written", "paused", "aborted", "reset")]
    [Trait("Contract", "C4")]
    public async Task DisposeAsync_Returned_EveryPoolBlockIsBack(ITransport transport, string state)
    {
        await using var harness = await TransportHarness.BindAsync(transport, null, s => s.MaxReadBufferSize = 64 * 1024);
        for (var i = 0; i < 5; i++)
        {
            var (connection, client) = await harness.ConnectAsync();
            await client.SendAsync(Pattern.At(0, state == "paused" ? 500_000 : 10_000));
            switch (state)
            {
                case "read not advanced":
                    await connection.Transport.Input.ReadAsync().Bounded();
                    break;
                case "unread":
                    var result = await connection.Transport.Input.ReadAtLeastAsync(10_000).Bounded();
                    connection.Transport.Input.AdvanceTo(result.Buffer.Start);
                    break;
                case "written":
                    connection.Transport.Output.GetMemory(1);
                    await connection.Transport.Output.WriteAsync(Pattern.At(0, 10_000)).Bounded();
                    connection.Transport.Output.GetMemory(1);
                    break;
                case "paused":
                    await harness.Log.WaitForTransportEventAsync(TransportEvent.Pause, connection.ConnectionId);
                    break;
                case "aborted":
                    connection.Abort(new ConnectionAbortedException());
                    break;
                case "reset":
                    client.Reset();
                    break;
                default:
                    break;
            }

            await connection.DisposeAsync().Bounded();

            Assert.Equal(0, harness.Memory.Outstanding);
        }
    }

    private sealed class Pipes(Pipe pipe) : IDuplexPipe
    {
        public PipeReader Input => pipe.Reader;

        public PipeWriter Output => pipe.Writer;
    }
}
