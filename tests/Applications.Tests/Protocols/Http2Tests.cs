using System.Net;
using Microsoft.AspNetCore.Http;

namespace Applications.Tests.Protocols;

/// <summary>HTTP/2 without TLS and with it: how it is chosen, both directions at once, how streams and connections end.</summary>
public sealed class Http2Tests
{
    [Theory, EveryApplicationTransport]
    public async Task Alpn_OneEndpoint_ServesWhatTheClientKnows(ITransport transport)
    {
        await using var server = await WebServer.StartAsync(
            transport, http => http.Response.WriteAsync(http.Request.Protocol), Listening.Tls);
        using var old = server.CreateClient(HttpVersion.Version11);
        using var current = server.CreateClient(HttpVersion.Version20);

        Assert.Equal("HTTP/1.1", await old.GetStringAsync(server.At("/")).Bounded());
        Assert.Equal("HTTP/2", await current.GetStringAsync(server.At("/")).Bounded());
    }

    [Theory, EveryApplicationTransport(Listening.Http2, Listening.Tls)]
    public async Task Duplex_ClientAsksAndServerAnswers_OnOneStream(ITransport transport, Listening listening)
    {
        await using var server = await WebServer.StartAsync(transport, EchoBodyAsync, listening);
        using var client = server.CreateClient();
        using var content = new DuplexContent();
        using var request = new HttpRequestMessage(HttpMethod.Post, server.Address)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).Bounded();
        var input = await response.Content.ReadAsStreamAsync().Bounded();
        var output = await content.Stream.Bounded();
        var buffer = new byte[3000];
        for (var i = 0; i < 100; i++)
        {
            await output.WriteAsync(Pattern.At(i * 3000L, 3000)).Bounded();
            await output.FlushAsync().Bounded();
            await input.ReadExactlyAsync(buffer).Bounded();
            Pattern.Check(buffer, i * 3000L);
        }

        content.End();
        Assert.Equal(0, await input.ReadAsync(buffer).Bounded());
    }

    [Theory, EveryApplicationTransport(Listening.Http2, Listening.Tls)]
    public async Task Abort_OfOneStream_LeavesTheOthers(ITransport transport, Listening listening)
    {
        using var leave = new SemaphoreSlim(0);
        await using var server = await WebServer.StartAsync(
            transport,
            async http =>
            {
                if (http.Request.Path == "/abort")
                {
                    http.Abort();
                    return;
                }

                await http.Response.WriteAsync(http.Connection.Id);
                await http.Response.Body.FlushAsync();
                await leave.WaitAsync(TestTimeout.Default);
                await http.Response.WriteAsync(" end");
            },
            listening);
        using var client = server.CreateClient();
        using var open = await client.GetAsync(server.At("/open"), HttpCompletionOption.ResponseHeadersRead).Bounded();

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(server.At("/abort")).Bounded());

        leave.Release();
        var first = await open.Content.ReadAsStringAsync().Bounded();
        leave.Release();
        Assert.Equal(first, await client.GetStringAsync(server.At("/again")).Bounded());
    }

    [Theory, EveryApplicationTransport(Listening.Http2, Listening.Tls)]
    public async Task RequestAborted_ClientCancelsItsStream_Fires(ITransport transport, Listening listening)
    {
        using var inside = new SemaphoreSlim(0);
        using var aborted = new SemaphoreSlim(0);
        await using var server = await WebServer.StartAsync(
            transport,
            async http =>
            {
                inside.Release();
                await http.RequestAborted.CancelledAsync();
                aborted.Release();
            },
            listening);
        using var client = server.CreateClient();
        using var cancel = new CancellationTokenSource();
        var get = client.GetStringAsync(server.At("/"), cancel.Token);
        Assert.True(await inside.WaitAsync(TestTimeout.Default));

        await cancel.CancelAsync();

        Assert.True(await aborted.WaitAsync(TestTimeout.Default));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => get.Bounded());
    }

    [Theory, EveryApplicationTransport(Listening.Http2, Listening.Tls)]
    [Trait("Contract", "L15")]
    public async Task StopAsync_StreamsRun_AreAnsweredFirst(ITransport transport, Listening listening)
    {
        const int Count = 5;
        using var inside = new SemaphoreSlim(0);
        using var leave = new SemaphoreSlim(0);
        await using var server = await WebServer.StartAsync(
            transport,
            async http =>
            {
                inside.Release();
                await leave.WaitAsync(TestTimeout.Default);
                await http.Response.WriteAsync("answered");
            },
            listening);
        using var client = server.CreateClient();
        var answers = Enumerable.Range(0, Count).Select(_ => client.GetStringAsync(server.At("/"))).ToArray();
        for (var i = 0; i < Count; i++)
        {
            Assert.True(await inside.WaitAsync(TestTimeout.Default));
        }

        var stop = server.StopAsync();
        await server.Log.WaitForAsync(e => e.Id.Name == "Http2ConnectionClosing", "the connection takes no new streams");
        Assert.False(stop.IsCompleted);
        leave.Release(Count);

        Assert.All(await Task.WhenAll(answers).Bounded(), answer => Assert.Equal("answered", answer));
        await stop;
        Assert.Equal(0, server.Memory.Outstanding);
    }

    [Theory, EveryApplicationTransport(Listening.Http2, Listening.Tls)]
    [Trait("Contract", "L15")]
    public async Task StopAsync_InAHurry_AbortsTheStreams(ITransport transport, Listening listening)
    {
        using var inside = new SemaphoreSlim(0);
        await using var server = await WebServer.StartAsync(
            transport,
            async http =>
            {
                inside.Release();
                await http.RequestAborted.CancelledAsync();
            },
            listening);
        using var client = server.CreateClient();
        var get = client.GetStringAsync(server.At("/"));
        Assert.True(await inside.WaitAsync(TestTimeout.Default));

        await server.StopAsync(new CancellationToken(canceled: true));

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => get.Bounded());
        await server.Log.WaitForAsync(e => e.Id.Name == "NotAllConnectionsClosedGracefully", "connections were aborted");
    }

    [Theory, EveryApplicationTransport]
    [Trait("Contract", "C12")]
    public async Task Connection_ClientLeavesWithoutGoAway_EndsWithFin(ITransport transport)
    {
        await using var server = await WebServer.StartAsync(
            transport, http => http.Response.WriteAsync("hello"), Listening.Http2);
        using var client = await server.ConnectAsync();
        await client.SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        await client.SendAsync(new byte[] { 0, 0, 0, 4, 0, 0, 0, 0, 0 });

        // Its settings' header says how long they are.
        var settings = await client.ReceiveExactlyAsync(9);
        await client.ReceiveExactlyAsync(settings[2]);
        client.ShutdownSend();

        await client.ReceiveToEndAsync();
        var id = (await server.Log.WaitForTransportEventAsync(TransportEvent.WriteFin)).ConnectionId!;
        Assert.Equal([TransportEvent.ReadFin, TransportEvent.WriteFin], server.Log.TransportEvents(id));
        Assert.Empty(server.Log.Complaints);
    }

    private static async Task EchoBodyAsync(HttpContext http)
    {
        await http.Response.Body.FlushAsync();
        var buffer = new byte[16 * 1024];
        while (await http.Request.Body.ReadAsync(buffer) is var read and > 0)
        {
            await http.Response.Body.WriteAsync(buffer.AsMemory(0, read));
            await http.Response.Body.FlushAsync();
        }
    }
}
