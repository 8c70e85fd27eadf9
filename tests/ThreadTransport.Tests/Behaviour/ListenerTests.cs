using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Support;

namespace ThreadTransport.Tests.Behaviour;

/// <summary>Binding: which endpoints, what they resolve to, and how it fails.</summary>
[Trait("Promise", "P7")]
public sealed class ListenerTests
{
    private static readonly IPEndPoint _anyLoopbackPort = new(IPAddress.Loopback, 0);

    [Theory, EveryTransport]
    [Trait("Contract", "L4")]
    public async Task BindAsync_PortZero_GivesTheRealPort(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport, _anyLoopbackPort);

        var bound = Assert.IsType<IPEndPoint>(harness.EndPoint);
        Assert.Equal(IPAddress.Loopback, bound.Address);
        Assert.NotEqual(0, bound.Port);
        var (connection, client) = await harness.ConnectAsync();
        await AssertReceivesAsync(connection, client);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L4")]
    [Trait("Contract", "118")]
    public async Task BindAsync_FixedPort_GivesAnEqualEndPoint(ITransport transport)
    {
        await using var harness = TransportHarness.Create(transport);
        await using var first = await harness.BindAsync(_anyLoopbackPort);
        await first.DisposeAsync();

        var listener = await harness.BindAsync(first.EndPoint);

        Assert.Equal(first.EndPoint, listener.EndPoint);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L4")]
    public async Task BindAsync_AnyEndPoint_CompletesAtOnce(ITransport transport)
    {
        await using var harness = TransportHarness.Create(transport);

        var bind = harness.Factory.BindAsync(_anyLoopbackPort);

        Assert.True(bind.IsCompleted);
        await (await bind).DisposeAsync();
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L4")]
    public async Task BindAsync_CreateBoundListenSocket_IsCalledOnceWithTheEndPoint(ITransport transport)
    {
        List<EndPoint> asked = [];
        await using var harness = await TransportHarness.BindAsync(transport, _anyLoopbackPort, settings =>
        {
            var stock = settings.CreateBoundListenSocket;
            settings.CreateBoundListenSocket = endPoint =>
            {
                asked.Add(endPoint);
                return stock(endPoint);
            };
        });

        Assert.Equal([_anyLoopbackPort], asked);
        var (connection, client) = await harness.ConnectAsync();
        await AssertReceivesAsync(connection, client);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L5")]
    public async Task BindAsync_IPv4_AcceptsWithBothEndPoints(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);

        var (connection, client) = await harness.ConnectAsync();

        Assert.Equal(client.Socket.RemoteEndPoint, connection.LocalEndPoint);
        Assert.Equal(client.Socket.LocalEndPoint, connection.RemoteEndPoint);
        await AssertReceivesAsync(connection, client);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L5")]
    public async Task BindAsync_IPv6Loopback_AcceptsWithBothEndPoints(ITransport transport)
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "No IPv6 here.");
        await using var harness = await TransportHarness.BindAsync(transport, new IPEndPoint(IPAddress.IPv6Loopback, 0));

        var (connection, client) = await harness.ConnectAsync();

        Assert.Equal(client.Socket.RemoteEndPoint, connection.LocalEndPoint);
        Assert.Equal(client.Socket.LocalEndPoint, connection.RemoteEndPoint);
        await AssertReceivesAsync(connection, client);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L6")]
    public async Task BindAsync_IPv6Any_AcceptsBothFamiliesAndMapsIPv4(ITransport transport)
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "No IPv6 here.");
        await using var harness = await TransportHarness.BindAsync(transport, new IPEndPoint(IPAddress.IPv6Any, 0));
        var port = ((IPEndPoint)harness.EndPoint).Port;

        var v4 = await harness.ConnectClientAsync(new IPEndPoint(IPAddress.Loopback, port));
        var fromV4 = await harness.AcceptAsync();
        var v6 = await harness.ConnectClientAsync(new IPEndPoint(IPAddress.IPv6Loopback, port));
        var fromV6 = await harness.AcceptAsync();

        var mapped = IPAddress.Loopback.MapToIPv6();
        Assert.Equal(mapped, ((IPEndPoint)fromV4.LocalEndPoint!).Address);
        Assert.Equal(new IPEndPoint(mapped, ((IPEndPoint)v4.Socket.LocalEndPoint!).Port), fromV4.RemoteEndPoint);
        Assert.Equal(v6.Socket.LocalEndPoint, fromV6.RemoteEndPoint);
        await AssertReceivesAsync(fromV4, v4);
        await AssertReceivesAsync(fromV6, v6);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L5")]
    [Trait("Trap", "34")]
    public async Task BindAsync_UnixDomainSocket_Accepts(ITransport transport)
    {
        using var path = new TemporarySocketPath();
        await using var harness = await TransportHarness.BindAsync(transport, path.EndPoint);

        var (connection, client) = await harness.ConnectAsync();

        Assert.Equal(path.EndPoint.ToString(), harness.EndPoint.ToString());
        Assert.IsType<UnixDomainSocketEndPoint>(connection.LocalEndPoint);
        await AssertReceivesAsync(connection, client);
    }

    [Theory, EveryTransport(true, false)]
    [Trait("Contract", "L5"), Trait("Contract", "L17")]
    [Trait("Trap", "14")]
    public async Task BindAsync_FileHandle_ListensOnItAndLeavesItUsable(ITransport transport, bool listening)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(_anyLoopbackPort);
        if (listening)
        {
            socket.Listen();
        }

        await using var harness = await TransportHarness.BindAsync(
            transport,
            new FileHandleEndPoint((ulong)socket.Handle, FileHandleType.Tcp));
        Assert.Equal(socket.LocalEndPoint, harness.EndPoint);
        var (connection, client) = await harness.ConnectAsync();
        await AssertReceivesAsync(connection, client);

        var accept = harness.Listener.AcceptAsync();
        await harness.Listener.UnbindAsync().Bounded();
        Assert.Null(await accept.Bounded());
        await harness.Listener.DisposeAsync().Bounded();

        // Connecting first, so that accepting need not wait.
        var next = await harness.ConnectClientAsync(socket.LocalEndPoint);
        socket.Listen();
        using var accepted = socket.Accept();
        Assert.Equal(next.Socket.LocalEndPoint, accepted.RemoteEndPoint);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L7")]
    [Trait("Contract", "118")]
    public async Task BindAsync_AddressInUse_ThrowsAddressInUseException(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);

        var exception = await Assert.ThrowsAsync<AddressInUseException>(() => harness.BindAsync(harness.EndPoint));

        Assert.Equal(SocketError.AddressAlreadyInUse, Assert.IsType<SocketException>(exception.InnerException).SocketErrorCode);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L7")]
    public async Task BindAsync_AddressNotAvailable_ThrowsTheSocketException(ITransport transport)
    {
        // TEST-NET-1, which no machine has.
        var foreign = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 0);
        await using var harness = TransportHarness.Create(transport);

        var exception = await Assert.ThrowsAsync<SocketException>(() => harness.BindAsync(foreign));

        Assert.Equal(SocketError.AddressNotAvailable, exception.SocketErrorCode);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L7")]
    public async Task BindAsync_ExistingPath_ThrowsAddressInUseExceptionAndKeepsTheFile(ITransport transport)
    {
        using var path = new TemporarySocketPath();
        await File.WriteAllTextAsync(path.Path, "mine");
        await using var harness = TransportHarness.Create(transport);

        await Assert.ThrowsAsync<AddressInUseException>(() => harness.BindAsync(path.EndPoint));

        Assert.Equal("mine", await File.ReadAllTextAsync(path.Path));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L9")]
    public async Task BindAsync_PortJustLeftWithConnections_BindsAgain(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        await AssertReceivesAsync(connection, client);

        // The server ends the connection first, so that its port is left in TIME_WAIT.
        await connection.DisposeAsync().Bounded();
        await client.ReceiveToEndAsync();
        client.Dispose();
        await harness.Listener.UnbindAsync().Bounded();
        await harness.Listener.DisposeAsync().Bounded();

        var again = await harness.BindAsync(harness.EndPoint);
        var newClient = await harness.ConnectClientAsync(again.EndPoint);
        await AssertReceivesAsync(await harness.AcceptAsync(again), newClient);
    }

    [Theory, EveryTransport(true, false)]
    [Trait("Contract", "L12")]
    public async Task AcceptAsync_Tcp_SetsNoDelayAsTold(ITransport transport, bool noDelay)
    {
        await using var harness = await TransportHarness.BindAsync(transport, null, settings => settings.NoDelay = noDelay);

        var (connection, _) = await harness.ConnectAsync();

        Assert.Equal(noDelay, connection.Features.Get<IConnectionSocketFeature>()!.Socket.NoDelay);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L16")]
    public async Task BindAsync_WhileAnotherListenerServes_DisturbsNeither(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (oldConnection, oldClient) = await harness.ConnectAsync();

        for (var i = 0; i < 3; i++)
        {
            await using var listener = await harness.BindAsync(_anyLoopbackPort);
            var client = await harness.ConnectClientAsync(listener.EndPoint);
            var connection = await harness.AcceptAsync(listener);
            await AssertReceivesAsync(connection, client);
            await AssertReceivesAsync(oldConnection, oldClient);
            await connection.DisposeAsync().Bounded();
        }

        var (newConnection, newClient) = await harness.ConnectAsync();
        await AssertReceivesAsync(newConnection, newClient);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L10")]
    public async Task AcceptAsync_ManyClientsAtOnce_GivesEachItsOwnConnection(ITransport transport)
    {
        const int Clients = 100;
        await using var harness = await TransportHarness.BindAsync(transport);
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => harness.ConnectClientAsync()));

        var ids = new HashSet<string>();
        var remotes = new HashSet<EndPoint>();
        for (var i = 0; i < Clients; i++)
        {
            var connection = await harness.AcceptAsync();
            Assert.True(ids.Add(connection.ConnectionId));
            Assert.True(remotes.Add(connection.RemoteEndPoint!));
        }

        Assert.Equal(clients.Select(client => client.Socket.LocalEndPoint!).ToHashSet(), remotes);
    }

    private static async Task AssertReceivesAsync(ConnectionContext connection, TestClient client)
    {
        await client.SendAsync("hello");
        var result = await connection.Transport.Input.ReadAtLeastAsync(5).Bounded();
        Assert.Equal("hello"u8.ToArray(), result.Buffer.ToArray());
        connection.Transport.Input.AdvanceTo(result.Buffer.End);
    }
}
