using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>What a transport shows of its sockets, and lets others do with them.</summary>
public sealed class SocketOptionsTests
{
    /// <summary>How each transport makes a listening socket unless told otherwise.</summary>
    private static readonly Dictionary<string, Func<EndPoint, Socket>> _defaults = new()
    {
        ["Sockets"] = new SocketTransportOptions().CreateBoundListenSocket,
        ["Threads"] = new ThreadTransportOptions().CreateBoundListenSocket,
    };

    [Theory, EveryTransport]
    [Trait("Contract", "46")]
    public async Task SocketFeature_OfARequest_IsTheClientsSocket(ITransport transport)
    {
        await using var harness = await KestrelHarness.StartHttpAsync(transport, http =>
        {
            var socket = http.Features.Get<IConnectionSocketFeature>()!.Socket;
            var same = new IPEndPoint(http.Connection.RemoteIpAddress!, http.Connection.RemotePort).Equals(socket.RemoteEndPoint);
            return http.Response.WriteAsync($"{same} {socket.RemoteEndPoint}.");
        });
        var client = await harness.ConnectAsync();

        await client.SendAsync(Requests.Get);

        var answer = await client.ReceiveUntilAsync("\r\n0\r\n\r\n");
        Assert.Contains($"\r\nTrue {client.Socket.LocalEndPoint}.\r\n", answer, StringComparison.Ordinal);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "47")]
    public async Task BindAsync_UriEndPoint_ThrowsNotImplementedException(ITransport transport)
    {
        await using var harness = TransportHarness.Create(transport);

        await Assert.ThrowsAsync<NotImplementedException>(() => harness.BindAsync(new UriEndPoint(new Uri("http://localhost:5554"))));
    }

    [Theory, EveryTransport("IPv4", "IPv6", "Unix")]
    [Trait("Contract", "48")]
    public async Task BindAsync_NewEndPoint_AsksTheHookForItsSocket(ITransport transport, string kind)
    {
        Assert.SkipUnless(kind != "IPv6" || Socket.OSSupportsIPv6, "No IPv6 here.");
        using var path = new TemporarySocketPath();
        await AssertHookIsAskedAsync(transport, EndPointOf(kind, path));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "49")]
    public async Task BindAsync_FileHandle_AsksTheHookForItsSocket(ITransport transport)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        await AssertHookIsAskedAsync(transport, new FileHandleEndPoint((ulong)socket.Handle, FileHandleType.Auto));
    }

    [Theory]
    [InlineData("Sockets", "IPv4")]
    [InlineData("Sockets", "IPv6")]
    [InlineData("Sockets", "Unix")]
    [InlineData("Threads", "IPv4")]
    [InlineData("Threads", "IPv6")]
    [InlineData("Threads", "Unix")]
    [Trait("Contract", "50")]
    public void CreateBoundListenSocket_NewEndPoint_Binds(string transport, string kind)
    {
        Assert.SkipUnless(kind != "IPv6" || Socket.OSSupportsIPv6, "No IPv6 here.");
        using var path = new TemporarySocketPath();
        var endPoint = EndPointOf(kind, path);

        using var socket = _defaults[transport](endPoint);

        Assert.True(socket.IsBound);
        if (endPoint is IPEndPoint ip)
        {
            var bound = Assert.IsType<IPEndPoint>(socket.LocalEndPoint);
            Assert.Equal(ip.Address, bound.Address);
            Assert.NotEqual(0, bound.Port);
        }
        else
        {
            Assert.Equal(endPoint.ToString(), socket.LocalEndPoint!.ToString());
        }
    }

    [Theory]
    [InlineData("Sockets")]
    [InlineData("Threads")]
    [Trait("Contract", "51")]
    public void CreateBoundListenSocket_FileHandle_KeepsItsEndPointAndLeavesItOpen(string transport)
    {
        using var opened = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        opened.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        using (var socket = _defaults[transport](new FileHandleEndPoint((ulong)opened.Handle, FileHandleType.Auto)))
        {
            Assert.Equal(opened.LocalEndPoint, socket.LocalEndPoint);
        }

        opened.Listen();
    }

    private static EndPoint EndPointOf(string kind, TemporarySocketPath path) => kind switch
    {
        "IPv4" => new IPEndPoint(IPAddress.Loopback, 0),
        "IPv6" => new IPEndPoint(IPAddress.IPv6Loopback, 0),
        _ => path.EndPoint,
    };

    private static async Task AssertHookIsAskedAsync(ITransport transport, EndPoint endPoint)
    {
        var asked = new List<EndPoint>();
        await using var harness = await KestrelHarness.StartHttpAsync(
            transport,
            http => http.Response.WriteAsync("hello"),
            settings =>
            {
                var stock = settings.CreateBoundListenSocket;
                settings.CreateBoundListenSocket = endPoint =>
                {
                    asked.Add(endPoint);
                    return stock(endPoint);
                };
            },
            endPoint);
        using var client = TestHttp.CreateClient(harness.EndPoint);

        Assert.Equal("hello", await client.GetStringAsync(new Uri("http://server/")).Bounded());
        Assert.Equal([endPoint], asked);
    }
}
