using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Support;

namespace ThreadTransport.Tests.Behaviour;

/// <summary>The application completes one side of its pipe.</summary>
[Trait("Contract", "C14"), Trait("Promise", "P7")]
public sealed class CompleteTests
{
    [Theory, EveryTransport]
    [Trait("Contract", "120")]
    public async Task OutputComplete_BytesWritten_AreSentBeforeTheFin(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var flush = connection.Transport.Output.WriteAsync(Pattern.Create(1024 * 1024)).AsTask();

        connection.Transport.Output.Complete();

        var received = await client.ReceiveToEndAsync();
        Assert.Equal(1024 * 1024, received.Length);
        Pattern.Check(received, 0);
        await flush.Bounded();
    }

    [Theory, EveryTransport]
    public async Task OutputComplete_UnflushedBytes_AreSentToo(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        connection.Transport.Output.Write("last words"u8);

        connection.Transport.Output.Complete();

        Assert.Equal("last words"u8.ToArray(), await client.ReceiveToEndAsync());
    }

    [Theory, EveryTransport]
    [Trait("Trap", "16"), Trait("Trap", "17")]
    public async Task OutputComplete_ReadPending_EndsTheInputTooAndLogsFin(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var read = connection.Transport.Input.ReadAsync().AsTask();

        connection.Transport.Output.Complete();
        connection.Transport.Output.Complete();

        Assert.Empty(await client.ReceiveToEndAsync());
        await Assert.ThrowsAsync<ConnectionAbortedException>(() => read.Bounded());
        await connection.ConnectionClosed.CancelledAsync();
        await harness.Log.WaitForTransportEventAsync(TransportEvent.WriteFin, connection.ConnectionId);
        connection.Abort(new ConnectionAbortedException("too late"));
        await connection.DisposeAsync().Bounded();
        Assert.Equal([TransportEvent.WriteFin], harness.Log.TransportEvents(connection.ConnectionId));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C20")]
    public async Task OutputComplete_WithException_ResetsAndReadsThrowIt(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var read = connection.Transport.Input.ReadAsync().AsTask();
        var exception = new InvalidDataException("what the application could not write");

        connection.Transport.Output.Complete(exception);

        await client.ReceiveToResetAsync();
        Assert.Same(exception, await Assert.ThrowsAsync<InvalidDataException>(() => read.Bounded()));
        await connection.ConnectionClosed.CancelledAsync();
        var error = await harness.Log.WaitForTransportEventAsync(TransportEvent.Error, connection.ConnectionId);
        Assert.Same(exception, error.Exception);
        Assert.Equal(LogLevel.Debug, error.Level);
        await connection.DisposeAsync().Bounded();
        var events = harness.Log.TransportEvents(connection.ConnectionId);
        Assert.Equal([TransportEvent.WriteRst, TransportEvent.Error], events.Order());
    }

    [Theory, EveryTransport]
    public async Task InputComplete_ClientGoesOnSending_TokenFiresAndOutputStillWorks(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();

        connection.Transport.Input.Complete();
        await client.SendAsync("nobody reads this");

        await connection.ConnectionClosed.CancelledAsync();
        Assert.False((await connection.Transport.Output.WriteAsync("answer"u8.ToArray()).Bounded()).IsCompleted);
        Assert.Equal("answer", await client.ReceiveTextAsync(6));
    }

    [Theory, EveryTransport]
    public async Task InputComplete_ClientSilent_OutputStillWorks(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();

        connection.Transport.Input.Complete();

        await connection.Transport.Output.WriteAsync("answer"u8.ToArray()).Bounded();
        Assert.Equal("answer", await client.ReceiveTextAsync(6));
        await connection.DisposeAsync().Bounded();
        Assert.Empty(await client.ReceiveToEndAsync());
    }

    [Theory, EveryTransport]
    public async Task BothComplete_EndsTheConnection(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();

        connection.Transport.Input.Complete();
        connection.Transport.Output.Complete();

        Assert.Empty(await client.ReceiveToEndAsync());
        await connection.ConnectionClosed.CancelledAsync();
        await connection.DisposeAsync().Bounded();
    }
}
