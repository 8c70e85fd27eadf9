using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>Servers that are told by a URL where to listen: by path, by name and by IPv4 address.</summary>
public sealed class UrlTests
{
    [Theory, EveryTransport]
    [Trait("Contract", "39")]
    public async Task UnixDomainSocket_ByItsUrl_AnswersWholeThenEnds(ITransport transport)
    {
        using var path = new TemporarySocketPath();
        await using var server = await WebServer.StartAsync(
            transport,
            web => web.UseUrls($"http://unix:{path.Path}"),
            http => http.Response.WriteAsync("hello"));
        using var client = await TestClient.ConnectAsync(path.EndPoint);

        await client.SendAsync("GET / HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n");

        var answer = Encoding.ASCII.GetString(await client.ReceiveToEndAsync());
        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n5\r\nhello\r\n0\r\n\r\n", answer, StringComparison.Ordinal);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "52")]
    public async Task Url_HostName_IsReachable(ITransport transport)
    {
        // Kestrel takes a name that it does not know for every address of the machine.
        await using var server = await WebServer.StartAsync(transport, web => web.UseUrls($"http://{Dns.GetHostName()}:0"));

        await AssertReachableAsync(server, IPAddress.Loopback);
        if (Socket.OSSupportsIPv6)
        {
            await AssertReachableAsync(server, IPAddress.IPv6Loopback);
        }
    }

    [Theory, EveryTransport("http://127.0.0.1:0", "http://127.0.0.1:0/", "http://0.0.0.0:0")]
    [Trait("Contract", "53")]
    public async Task Url_IPv4_IsReachableAtTheRealPort(ITransport transport, string url)
    {
        await using var server = await WebServer.StartAsync(transport, web => web.UseUrls(url));

        Assert.NotEqual(0, server.Port);
        Assert.Equal($"{url.TrimEnd('/')[..^1]}{server.Port}", Assert.Single(server.Addresses));
        await AssertReachableAsync(server, IPAddress.Loopback);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "54")]
    public Task NoUrl_ListensOnPort5000(ITransport transport) => Ports.WithWellKnownAsync(5000, async () =>
    {
        await using var server = await WebServer.StartAsync(transport, _ => { });

        Assert.Contains("http://localhost:5000", server.Addresses);
        await AssertReachableAsync(IPAddress.Loopback, 5000);
    });

    [Theory, EveryTransport]
    [Trait("Contract", "55")]
    public Task Url_IPv4WithoutAPort_ListensOnPort80(ITransport transport) => Ports.WithWellKnownAsync(80, async () =>
    {
        await using var server = await WebServer.StartAsync(transport, web => web.UseUrls("http://127.0.0.1"));

        await AssertReachableAsync(IPAddress.Loopback, 80);
    });

    [Theory, EveryTransport("127.0.0.1", "localhost")]
    [Trait("Contract", "56")]
    public Task Url_FixedPort_IsReachableThere(ITransport transport, string host) => Ports.WithFreeAsync(async port =>
    {
        await using var server = await WebServer.StartAsync(transport, web => web.UseUrls($"http://{host}:{port}"));

        Assert.Equal($"http://{host}:{port}", Assert.Single(server.Addresses));
        await AssertReachableAsync(IPAddress.Loopback, port);
        if (host == "localhost" && Socket.OSSupportsIPv6)
        {
            await AssertReachableAsync(IPAddress.IPv6Loopback, port);
        }
    });

    private static Task AssertReachableAsync(WebServer server, IPAddress address) => AssertReachableAsync(address, server.Port);

    private static async Task AssertReachableAsync(IPAddress address, int port)
        => Assert.Equal($"http {address} {port}", await WebServer.AskWhereAsync("http", address, port));
}
