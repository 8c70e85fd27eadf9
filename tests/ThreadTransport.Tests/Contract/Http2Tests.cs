using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>HTTP/2 over TLS: that it is chosen, and how it ends.</summary>
public sealed class Http2Tests
{
    private const int FrameHeader = 9;
    private const byte SettingsFrame = 4;
    private const byte AckFlag = 1;

    private static readonly Uri _server = new("https://server/");

    [Theory, EveryTransport]
    [Trait("Contract", "41")]
    public async Task Client_EndsAnIdleConnectionWithoutGoAway_IsAnsweredWithFin(ITransport transport)
    {
        await using var harness = await StartAsync(transport, HttpProtocols.Http2, http => http.Response.WriteAsync("hello"));
        var client = await harness.ConnectAsync();
        await using var stream = new SslStream(new NetworkStream(client.Socket));
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "server",
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            RemoteCertificateValidationCallback = (_, shown, _, _) => Certificates.SelfSigned.Equals(shown),
        }).Bounded();

        // The preface, and settings that change nothing.
        await stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0"u8.ToArray()).Bounded();

        // The last that the server has to say. With anything unread a client would not end with a FIN.
        var header = new byte[FrameHeader];
        do
        {
            await stream.ReadExactlyAsync(header).Bounded();
            await stream.ReadExactlyAsync(new byte[BinaryPrimitives.ReadInt32BigEndian(header) >> 8]).Bounded();
        }
        while (header[3] != SettingsFrame || header[4] != AckFlag);

        client.Dispose();

        await harness.Log.WaitForTransportEventAsync(TransportEvent.ReadFin);
        await harness.Log.WaitForTransportEventAsync(TransportEvent.WriteFin);
        await harness.Log.WaitForKestrelEventAsync("Http2ConnectionClosed");
        await harness.StopAsync();
        Assert.Equal(0, harness.Log.CountTransportEvents(TransportEvent.WriteRst));
        Assert.Empty(harness.Log.Complaints);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "42")]
    public async Task StopAsync_RequestRuns_WaitsForItsEnd(ITransport transport)
    {
        var inside = new Signal();
        var leave = new Signal();
        await using var harness = await StartAsync(transport, HttpProtocols.Http2, async http =>
        {
            inside.Set();
            await leave.WaitAsync();
            await http.Response.WriteAsync("hello");
        });
        using var client = CreateClient(harness);
        var answer = client.GetStringAsync(_server);
        await inside.WaitAsync();

        var stop = harness.StopAsync();
        await harness.Log.WaitForKestrelEventAsync("Http2ConnectionClosing");
        Assert.False(stop.IsCompleted);
        leave.Set();

        Assert.Equal("hello", await answer.Bounded());
        await stop;
        Assert.Contains(
            "last processed stream ID was 1",
            (await harness.Log.WaitForKestrelEventAsync("Http2ConnectionClosed")).Message,
            StringComparison.Ordinal);
        Assert.Equal(0, harness.Log.CountTransportEvents(TransportEvent.WriteRst));
        Assert.Equal(0, harness.Memory.Outstanding);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "43")]
    public async Task StopAsync_RequestDoesNotEnd_AbortsWhenTheTokenSaysSo(ITransport transport)
    {
        var inside = new Signal();
        var leave = new Signal();
        await using var harness = await StartAsync(transport, HttpProtocols.Http2, async http =>
        {
            inside.Set();
            await leave.WaitAsync();
        });
        using var client = CreateClient(harness);
        var answer = client.GetStringAsync(_server);
        await inside.WaitAsync();
        using var hurry = new CancellationTokenSource();

        var stop = harness.StopAsync(hurry.Token);
        await harness.Log.WaitForKestrelEventAsync("Http2ConnectionClosing");
        await hurry.CancelAsync();

        await harness.Log.WaitForKestrelEventAsync("Http2ConnectionClosed");
        await harness.Log.WaitForKestrelEventAsync("NotAllConnectionsClosedGracefully");
        await Assert.ThrowsAsync<HttpRequestException>(() => answer.Bounded());
        leave.Set();
        await stop;
    }

    [Theory, EveryTransport]
    [Trait("Contract", "44")]
    public Task Alpn_ServerOffersBoth_ChoosesHttp2(ITransport transport) => AssertSpeaksHttp2Async(transport, HttpProtocols.Http1AndHttp2);

    [Theory, EveryTransport]
    [Trait("Contract", "45")]
    public Task Alpn_ServerOffersHttp2_ChoosesIt(ITransport transport) => AssertSpeaksHttp2Async(transport, HttpProtocols.Http2);

    private static async Task AssertSpeaksHttp2Async(ITransport transport, HttpProtocols protocols)
    {
        await using var harness = await StartAsync(transport, protocols, http => http.Response.WriteAsync(http.Request.Protocol));
        using var client = CreateClient(harness, HttpVersionPolicy.RequestVersionOrLower);

        using var response = await client.GetAsync(_server).Bounded();

        Assert.Equal(HttpVersion.Version20, response.Version);
        Assert.Equal("HTTP/2", await response.Content.ReadAsStringAsync().Bounded());
    }

    private static Task<KestrelHarness> StartAsync(ITransport transport, HttpProtocols protocols, RequestDelegate application)
        => KestrelHarness.StartHttpAsync(transport, application, configureListen: listen =>
        {
            listen.Protocols = protocols;
            listen.UseHttps(Certificates.SelfSigned);
        });

    private static HttpClient CreateClient(KestrelHarness harness, HttpVersionPolicy policy = HttpVersionPolicy.RequestVersionExact)
    {
        var client = TestHttp.CreateClient(harness.EndPoint, Certificates.SelfSigned);
        client.DefaultRequestVersion = HttpVersion.Version20;
        client.DefaultVersionPolicy = policy;
        return client;
    }
}
