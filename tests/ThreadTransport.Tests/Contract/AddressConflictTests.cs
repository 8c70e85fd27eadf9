using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>Addresses that are taken, are impossible, contradict each other, or have just been left.</summary>
[Trait("Promise", "P7")]
public sealed class AddressConflictTests
{
    [Theory, EveryTransport]
    [Trait("Contract", "78")]
    public Task Url_IPv4AddressInUse_ThrowsWithTheAddress(ITransport transport)
        => AssertInUseAsync(transport, IPAddress.Loopback, port => $"http://127.0.0.1:{port}", port => $"http://127.0.0.1:{port}");

    [Theory, EveryTransport]
    [Trait("Contract", "79")]
    public Task Url_IPv6AddressInUse_ThrowsWithTheAddress(ITransport transport)
    {
        SkipWithoutIPv6();
        return AssertInUseAsync(transport, IPAddress.IPv6Loopback, port => $"http://[::1]:{port}", port => $"http://[::1]:{port}");
    }

    [Theory, EveryTransport]
    [Trait("Contract", "80")]
    public Task Url_LocalhostTakenOnIPv4_ThrowsWithThatAddress(ITransport transport)
        => AssertInUseAsync(transport, IPAddress.Loopback, port => $"http://localhost:{port}", port => $"http://127.0.0.1:{port}");

    [Theory, EveryTransport]
    [Trait("Contract", "81")]
    public Task Url_LocalhostTakenOnIPv6_ThrowsWithThatAddress(ITransport transport)
    {
        SkipWithoutIPv6();
        return AssertInUseAsync(transport, IPAddress.IPv6Loopback, port => $"http://localhost:{port}", port => $"http://[::1]:{port}");
    }

    [Theory, EveryTransport]
    [Trait("Contract", "82")]
    public async Task Urls_Preferred_ReplaceWhatTheCodeListensOn(ITransport transport)
    {
        await using var server = await WebServer.StartAsync(
            transport, web => ListenWithHttps(web).UseUrls("http://127.0.0.1:0").PreferHostingUrls(true));

        Assert.Equal([$"http://127.0.0.1:{server.Port}"], server.Addresses);
        Assert.Equal($"http 127.0.0.1 {server.Port}", await WebServer.AskWhereAsync("http", IPAddress.Loopback, server.Port));
        Assert.Single(
            server.Log.Events,
            e => e.Level == LogLevel.Information && e.Message.Contains("PreferHostingUrls", StringComparison.Ordinal));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "83")]
    public async Task Urls_NotPreferred_AreReplacedByWhatTheCodeListensOn(ITransport transport)
    {
        await using var server = await WebServer.StartAsync(
            transport, web => ListenWithHttps(web).UseUrls("http://127.0.0.1:0").PreferHostingUrls(false));

        Assert.Equal([$"https://127.0.0.1:{server.Port}"], server.Addresses);
        Assert.Equal($"https 127.0.0.1 {server.Port}", await WebServer.AskWhereAsync("https", IPAddress.Loopback, server.Port));
        Assert.Single(
            server.Log.Events,
            e => e.Level == LogLevel.Warning && e.Message.Contains("http://127.0.0.1:0", StringComparison.Ordinal));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "84")]
    public async Task Urls_PreferredButNone_LeaveWhatTheCodeListensOn(ITransport transport)
    {
        await using var server = await WebServer.StartAsync(
            transport, web => ListenWithHttps(web).PreferHostingUrls(true));

        Assert.Equal([$"https://127.0.0.1:{server.Port}"], server.Addresses);
        Assert.Equal($"https 127.0.0.1 {server.Port}", await WebServer.AskWhereAsync("https", IPAddress.Loopback, server.Port));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "85")]
    public async Task Url_LocalhostWithPortZero_Throws(ITransport transport)
    {
        var watched = new WatchedTransport(transport);

        await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(watched, "http://localhost:0"));

        Assert.Empty(watched.Bound);
    }

    [Theory, EveryTransport("ftp://localhost", "ssh://localhost")]
    [Trait("Contract", "86")]
    public async Task Url_OfAnotherScheme_ThrowsBeforeAnythingIsBound(ITransport transport, string url)
    {
        var watched = new WatchedTransport(transport);

        await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(watched, url));

        Assert.Empty(watched.Bound);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "87")]
    public Task Listen_PortOfAServerJustStopped_Binds(ITransport transport) => AssertRebindsAsync(transport, IPAddress.Loopback);

    [Theory, EveryTransport]
    [Trait("Contract", "88")]
    public Task Listen_PortsOfAServerJustStopped_Bind(ITransport transport)
    {
        SkipWithoutIPv6();
        return AssertRebindsAsync(transport, IPAddress.Loopback, IPAddress.IPv6Loopback);
    }

    [Theory, EveryTransport("http1", "http2", "http1AndHttp2")]
    [Trait("Contract", "89")]
    public async Task EndpointDefaults_ProtocolsInTheConfiguration_HoldForUrls(ITransport transport, string protocols)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("EndpointDefaults:Protocols", protocols)])
            .Build();
        await using var server = await WebServer.StartAsync(transport, web => web
            .ConfigureKestrel(kestrel => kestrel.Configure(configuration))
            .UseUrls("http://127.0.0.1:0"));

        // Without TLS there is no choosing; a server that has both speaks the older one.
        var spoken = protocols == "http2" ? HttpVersion.Version20 : HttpVersion.Version11;
        var refused = protocols == "http2" ? HttpVersion.Version11 : HttpVersion.Version20;
        Assert.Equal(spoken, (await GetAsync(server.Port, spoken)).Version);
        var answer = await Record.ExceptionAsync(async () => (await GetAsync(server.Port, refused)).EnsureSuccessStatusCode());
        Assert.IsType<HttpRequestException>(answer);
    }

    private static async Task AssertInUseAsync(ITransport transport, IPAddress taken, Func<int, string> url, Func<int, string> named)
    {
        await Ports.WithFreeAsync(async port =>
        {
            using var holder = new Socket(taken.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                holder.Bind(new IPEndPoint(taken, port));
                holder.Listen();
            }
            catch (SocketException exception)
            {
                throw new IOException("Somebody was faster.", exception);
            }

            var exceptionSeen = await Assert.ThrowsAsync<IOException>(() => StartAsync(transport, url(port)));

            Assert.IsType<AddressInUseException>(exceptionSeen.InnerException);
            Assert.Equal($"Failed to bind to address {named(port)}: address already in use.", exceptionSeen.Message);
        });
    }

    private static Task AssertRebindsAsync(ITransport transport, params IPAddress[] addresses)
        => Ports.WithFreeAsync(async port =>
        {
            for (var i = 0; i < 3; i++)
            {
                await using var server = await WebServer.StartAsync(transport, web => web.ConfigureKestrel(kestrel =>
                {
                    foreach (var address in addresses)
                    {
                        kestrel.Listen(address, port);
                    }
                }));
                foreach (var address in addresses)
                {
                    // The server ends the connection first, so that its port is left in TIME_WAIT.
                    using var client = await TestClient.ConnectAsync(new IPEndPoint(address, port));
                    await client.SendAsync("GET / HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n");
                    var answer = System.Text.Encoding.UTF8.GetString(await client.ReceiveToEndAsync());
                    Assert.Contains($"http {address} {port}", answer, StringComparison.Ordinal);
                }

                await server.StopAsync();
            }
        });

    private static async Task StartAsync(ITransport transport, string url)
    {
        await using var server = await WebServer.StartAsync(transport, web => web.UseUrls(url));
    }

    private static IWebHostBuilder ListenWithHttps(IWebHostBuilder web)
        => web.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(WebServer.Certificate)));

    private static async Task<HttpResponseMessage> GetAsync(int port, Version version)
    {
        using var client = WebServer.CreateClient(new IPEndPoint(IPAddress.Loopback, port));
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://server/")
        {
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        return await client.SendAsync(request).Bounded();
    }

    private static void SkipWithoutIPv6() => Assert.SkipUnless(Socket.OSSupportsIPv6, "No IPv6 here.");
}
