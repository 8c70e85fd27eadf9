using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Applications.Tests.Streaming;

/// <summary>WebSockets over an upgraded HTTP/1.1 connection and over an HTTP/2 stream.</summary>
public sealed class WebSocketTests
{
    [Theory, EveryApplicationTransport(Listening.Http1, Listening.Http2, Listening.Tls)]
    public async Task Echo_MessagesOfAllSizes_ComeBack(ITransport transport, Listening listening)
    {
        await using var server = await StartAsync(transport, EchoAsync, listening);
        using var socket = await ConnectAsync(server, listening);

        foreach (var size in new[] { 0, 1, 125, 126, 4096, 65_535, 65_536, 1_000_000 })
        {
            var sent = socket.SendAsync(Pattern.At(0, size), WebSocketMessageType.Binary, endOfMessage: true, default);
            var message = await ReceiveAsync(socket).Bounded();
            await sent.Bounded();
            Assert.Equal(size, message.Length);
            Pattern.Check(message, 0);
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", default).Bounded();
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
    }

    [Theory, EveryApplicationTransport(Listening.Http1, Listening.Http2)]
    public async Task Compression_BothSidesAgree_MessagesComeBack(ITransport transport, Listening listening)
    {
        await using var server = await StartAsync(transport, EchoAsync, listening);
        using var socket = await ConnectAsync(
            server, listening, options => options.DangerousDeflateOptions = new WebSocketDeflateOptions());
        for (var i = 0; i < 20; i++)
        {
            await socket.SendAsync(Pattern.At(i, 10_000), WebSocketMessageType.Binary, endOfMessage: true, default).Bounded();
            Pattern.Check(await ReceiveAsync(socket).Bounded(), i);
        }
    }

    // Each side sends without waiting for the other, more than all buffers hold.
    [Theory, EveryApplicationTransport(Listening.Http1, Listening.Http2)]
    public async Task BothSides_SendAtOnce_NeitherWaitsForTheOther(ITransport transport, Listening listening)
    {
        const int Count = 60;
        const int Size = 100_000;
        await using var server = await StartAsync(
            transport,
            async socket => await Task.WhenAll(SendAllAsync(socket), ReceiveAllAsync(socket)),
            listening);
        using var socket = await ConnectAsync(server, listening);

        await Task.WhenAll(SendAllAsync(socket), ReceiveAllAsync(socket)).Bounded();

        static async Task SendAllAsync(WebSocket socket)
        {
            for (var i = 0; i < Count; i++)
            {
                await socket.SendAsync(Pattern.At(i, Size), WebSocketMessageType.Binary, endOfMessage: true, default);
            }
        }

        static async Task ReceiveAllAsync(WebSocket socket)
        {
            for (var i = 0; i < Count; i++)
            {
                var message = await ReceiveAsync(socket);
                Assert.Equal(Size, message.Length);
                Pattern.Check(message, i);
            }
        }
    }

    [Theory, EveryApplicationTransport(Listening.Http1, Listening.Http2)]
    public async Task ServerCloses_First_ClientSeesItsReason(ITransport transport, Listening listening)
    {
        await using var server = await StartAsync(
            transport, socket => socket.CloseAsync(WebSocketCloseStatus.PolicyViolation, "not you", default), listening);
        using var socket = await ConnectAsync(server, listening);

        var received = await socket.ReceiveAsync(new byte[16], default).Bounded();

        Assert.Equal(WebSocketMessageType.Close, received.MessageType);
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, received.CloseStatus);
        Assert.Equal("not you", received.CloseStatusDescription);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default).Bounded();
    }

    [Theory, EveryApplicationTransport(Listening.Http1, Listening.Http2)]
    public async Task ClientVanishes_WhileTheServerReceives_TheServerIsTold(ITransport transport, Listening listening)
    {
        var told = new TaskCompletionSource<WebSocketException>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(
            transport,
            async socket =>
            {
                await socket.SendAsync("ready"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, default);
                told.SetResult(await Assert.ThrowsAnyAsync<WebSocketException>(() => socket.ReceiveAsync(new byte[16], default)));
            },
            listening);
        using var socket = await ConnectAsync(server, listening);
        Assert.Equal("ready", Encoding.UTF8.GetString(await ReceiveAsync(socket).Bounded()));

        socket.Abort();

        Assert.Equal(WebSocketError.ConnectionClosedPrematurely, (await told.Task.Bounded()).WebSocketErrorCode);
    }

    private static Task<WebServer> StartAsync(ITransport transport, Func<WebSocket, Task> serve, Listening listening)
        => WebServer.StartAsync(
            transport,
            app =>
            {
                app.UseWebSockets();
                app.Run(async http =>
                {
                    if (!http.WebSockets.IsWebSocketRequest)
                    {
                        http.Response.StatusCode = StatusCodes.Status400BadRequest;
                        return;
                    }

                    using var socket = await http.WebSockets.AcceptWebSocketAsync(
                        new WebSocketAcceptContext { DangerousEnableCompression = true });
                    await serve(socket);
                });
            },
            new WebServerOptions { Listening = listening });

    private static async Task<ClientWebSocket> ConnectAsync(
        WebServer server,
        Listening listening,
        Action<ClientWebSocketOptions>? configure = null)
    {
        var socket = new ClientWebSocket();
        if (listening != Listening.Http1)
        {
            socket.Options.HttpVersion = HttpVersion.Version20;
            socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        }

        configure?.Invoke(socket.Options);
        using var invoker = new HttpMessageInvoker(server.CreateHandler(), disposeHandler: false);
        var address = new UriBuilder(server.Address) { Scheme = listening == Listening.Tls ? "wss" : "ws" }.Uri;
        await socket.ConnectAsync(address, invoker, default).Bounded();
        return socket;
    }

    private static async Task EchoAsync(WebSocket socket)
    {
        var buffer = new byte[8 * 1024];
        while (await socket.ReceiveAsync(buffer, default) is { MessageType: not WebSocketMessageType.Close } part)
        {
            await socket.SendAsync(buffer.AsMemory(0, part.Count), part.MessageType, part.EndOfMessage, default);
        }

        await socket.CloseAsync(socket.CloseStatus!.Value, socket.CloseStatusDescription, default);
    }

    private static async Task<byte[]> ReceiveAsync(WebSocket socket)
    {
        using var message = new MemoryStream();
        var buffer = new byte[8 * 1024];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer, default);
            Assert.NotEqual(WebSocketMessageType.Close, part.MessageType);
            message.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                return message.ToArray();
            }
        }
    }
}
