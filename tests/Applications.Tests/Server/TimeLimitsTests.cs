using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Applications.Tests.Server;

/// <summary>Kestrel's limits of time that come from its own clock, not from the client.</summary>
public sealed class TimeLimitsTests
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(1);

    [Fact]
    public Task RequestHeadersTimeout_HeadersStop_AreAnsweredWith408() => EveryTransportAtOnce.RunAsync(async transport =>
    {
        await using var server = await StartAsync(transport, limits => limits.RequestHeadersTimeout = _soon);
        using var client = await server.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: s\r\nX-Slow: ");

        Assert.StartsWith("HTTP/1.1 408", Encoding.UTF8.GetString(await client.ReceiveToEndAsync()), StringComparison.Ordinal);
    });

    [Theory]
    [InlineData(Listening.Http2)]
    [InlineData(Listening.Tls)]
    public Task KeepAliveTimeout_Http2_EndsTheConnection(Listening on) => EveryTransportAtOnce.RunAsync(async transport =>
    {
        await using var server = await StartAsync(transport, limits => limits.KeepAliveTimeout = _soon, on);
        using var client = server.CreateClient();
        var first = await client.GetStringAsync(server.At("/")).Bounded();

        await server.Log.WaitForAsync(e => e.Id.Name == "Http2ConnectionClosed", "the idle connection is closed");

        // The client may find the connection gone only while it sends on it; it sends again on a new one.
        Assert.NotEqual(first, await GetAgainAsync(client, server.At("/")));
    });

    [Fact]
    public Task MinResponseDataRate_ClientDoesNotRead_IsAborted() => EveryTransportAtOnce.RunAsync(async transport =>
    {
        using var aborted = new SemaphoreSlim(0);
        await using var server = await WebServer.StartAsync(
            transport,
            async http =>
            {
                for (var i = 0; i < 1000 && !http.RequestAborted.IsCancellationRequested; i++)
                {
                    await http.Response.Body.WriteAsync(Pattern.At(0, 100_000));
                }

                await http.RequestAborted.CancelledAsync();
                aborted.Release();
            },
            new WebServerOptions
            {
                Kestrel = kestrel => kestrel.Limits.MinResponseDataRate = new MinDataRate(20_000_000, TimeSpan.FromSeconds(1.1)),
            });
        using var client = await server.ConnectAsync(receiveBufferSize: 4096);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: s\r\n\r\n");

        Assert.True(await aborted.WaitAsync(TestTimeout.Default));

        await client.ReceiveToResetAsync();
        await server.Log.WaitForAsync(e => e.Id.Name == "ResponseMinimumDataRateNotSatisfied", "the client was too slow");
        await server.Log.WaitForTransportEventAsync(TransportEvent.WriteRst);
    });

    private static async Task<string> GetAgainAsync(HttpClient client, Uri address)
    {
        try
        {
            return await client.GetStringAsync(address).Bounded();
        }
        catch (HttpRequestException)
        {
            return await client.GetStringAsync(address).Bounded();
        }
    }

    private static Task<WebServer> StartAsync(
        ITransport transport,
        Action<KestrelServerLimits> set,
        Listening listening = Listening.Http1)
        => WebServer.StartAsync(
            transport,
            async http =>
            {
                await http.Request.Body.CopyToAsync(Stream.Null);
                await http.Response.WriteAsync(http.Connection.Id);
            },
            new WebServerOptions { Listening = listening, Kestrel = kestrel => set(kestrel.Limits) });
}
