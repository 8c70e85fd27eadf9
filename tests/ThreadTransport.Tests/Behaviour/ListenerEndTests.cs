using System.Net.Sockets;
using Support;

namespace ThreadTransport.Tests.Behaviour;

/// <summary>How listening ends, and what it leaves alone.</summary>
[Trait("Promise", "P7")]
public sealed class ListenerEndTests
{
    [Theory, EveryTransport]
    [Trait("Contract", "L10")]
    [Trait("Contract", "116")]
    public async Task AcceptAsync_AfterUnbind_GivesNull(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        await harness.Listener.UnbindAsync().Bounded();

        Assert.Null(await harness.Listener.AcceptAsync().Bounded());
        Assert.Null(await harness.Listener.AcceptAsync().Bounded());
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L10")]
    public async Task AcceptAsync_AfterDispose_GivesNull(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        await harness.Listener.DisposeAsync().Bounded();

        Assert.Null(await harness.Listener.AcceptAsync().Bounded());
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L10")]
    [Trait("Contract", "116"), Trait("Trap", "13")]
    public async Task AcceptAsync_UnbindWhileItWaits_GivesNullAndLogsNothing(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var accept = harness.Listener.AcceptAsync().AsTask();
        Assert.False(accept.IsCompleted);

        await harness.Listener.UnbindAsync().Bounded();

        Assert.Null(await accept.Bounded());
        Assert.DoesNotContain(harness.Log.Events, e => e.IsTransport);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L10")]
    [Trait("Contract", "116"), Trait("Trap", "13")]
    public async Task AcceptAsync_DisposeWhileItWaits_GivesNull(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var accept = harness.Listener.AcceptAsync().AsTask();

        await harness.Listener.DisposeAsync().Bounded();

        Assert.Null(await accept.Bounded());
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L10")]
    public async Task AcceptAsync_TokenCancelled_ThrowsAndAcceptsAgain(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        using var cancel = new CancellationTokenSource();
        var accept = harness.Listener.AcceptAsync(cancel.Token).AsTask();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accept.Bounded());
        await harness.ConnectAsync();
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L10")]
    public async Task AcceptAsync_ClientResetInTheBacklog_GoesOn(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        for (var i = 0; i < 10; i++)
        {
            (await harness.ConnectClientAsync()).Reset();
        }

        // Those that were reset may show up as connections that have ended, or not at all.
        var client = await harness.ConnectClientAsync();
        while (true)
        {
            var connection = await harness.AcceptAsync();
            if (Equals(connection.RemoteEndPoint, client.Socket.LocalEndPoint))
            {
                break;
            }
        }

        Assert.Empty(harness.Log.Complaints);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L14")]
    public async Task UnbindAsync_ConnectionsOpen_TheyLiveOn(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();

        await harness.Listener.UnbindAsync().Bounded();

        var echo = Applications.EchoAsync(connection);
        await client.SendAsync("still here");
        Assert.Equal("still here", await client.ReceiveTextAsync(10));
        client.ShutdownSend();
        await echo.Bounded();
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L10")]
    [Trait("Trap", "12")]
    public async Task UnbindAsync_ClientsNeverAccepted_AreEnded(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var clients = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => harness.ConnectClientAsync()));

        await harness.Listener.UnbindAsync().Bounded();
        await harness.Listener.DisposeAsync().Bounded();

        // Whether the kernel still had them or the transport already did.
        foreach (var client in clients)
        {
            await client.ReceiveToAnyEndAsync();
        }
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L14")]
    public async Task UnbindAsync_NewClient_IsRefused(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);

        await harness.Listener.UnbindAsync().Bounded();

        var exception = await Assert.ThrowsAsync<SocketException>(() => harness.ConnectClientAsync());
        Assert.Equal(SocketError.ConnectionRefused, exception.SocketErrorCode);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L14")]
    public async Task UnbindAndDispose_Repeated_AreHarmless(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);

        await harness.Listener.UnbindAsync().Bounded();
        await harness.Listener.UnbindAsync().Bounded();
        await harness.Listener.DisposeAsync().Bounded();
        await harness.Listener.DisposeAsync().Bounded();
        await harness.Listener.UnbindAsync().Bounded();

        Assert.Null(await harness.Listener.AcceptAsync().Bounded());
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L14")]
    public async Task UnbindAsync_UnixDomainSocket_DeletesTheFile(ITransport transport)
    {
        using var path = new TemporarySocketPath();
        await using var harness = await TransportHarness.BindAsync(transport, path.EndPoint);
        Assert.True(File.Exists(path.Path));

        await harness.Listener.UnbindAsync().Bounded();
        await harness.Listener.DisposeAsync().Bounded();

        Assert.False(File.Exists(path.Path));
        await harness.BindAsync(path.EndPoint);
    }
}
