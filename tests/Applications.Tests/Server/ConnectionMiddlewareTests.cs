using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Applications.Tests.Server;

/// <summary>What sits between the transport and HTTP, or in HTTP's place.</summary>
public sealed class ConnectionMiddlewareTests
{
    [Theory, EveryApplicationTransport(Listening.Http1, Listening.Tls)]
    public async Task UseConnectionLogging_BehindTls_LogsWhatPassed(ITransport transport, Listening listening)
    {
        await using var server = await WebServer.StartAsync(
            transport,
            async http =>
            {
                await http.Request.Body.CopyToAsync(Stream.Null);
                await http.Response.WriteAsync("the answer");
            },
            new WebServerOptions { Listening = listening, AfterTls = listen => listen.UseConnectionLogging("wire") });
        using var client = server.CreateClient(HttpVersion.Version11);
        using var content = new StringContent("the question");

        using var response = await client.PostAsync(server.At("/"), content).Bounded();
        Assert.Equal("the answer", await response.Content.ReadAsStringAsync().Bounded());

        // Sixteen bytes a line, their characters at the end of each.
        await server.Log.WaitForAsync(e => Logged(e, "ReadAsync", "POST / H TTP/1.1."), "the request was logged");
        await server.Log.WaitForAsync(e => Logged(e, "WriteAsync", "HTTP/1.1  200 OK."), "the response was logged");

        static bool Logged(LoggedEvent e, string call, string text)
            => e is { Category: "wire", Level: LogLevel.Debug }
                && e.Message.StartsWith(call, StringComparison.Ordinal)
                && e.Message.Contains(text, StringComparison.Ordinal);
    }

    [Theory, EveryTransport]
    public Task Proxy_TwoCopiesStartedOneAfterTheOther_CarriesBothDirections(ITransport transport)
        => ProxyAsync(transport, toTheThread: false);

    // Here the first copy starts on the connection's own thread, which has to come back from it to start the second.
    [Theory, EveryThreadTransport]
    public Task Proxy_StartedOnTheConnectionsThread_CarriesBothDirections(ITransport transport)
        => ProxyAsync(transport, toTheThread: true);

    private static async Task ProxyAsync(ITransport transport, bool toTheThread)
    {
        await using var upstream = await KestrelHarness.StartAsync(transport, Support.Applications.EchoAsync);
        ConnectionDelegate proxy = connection => PassOnAsync(connection, upstream.EndPoint);
        await using var server = await WebServer.StartAsync(
            transport,
            _ => Task.CompletedTask,
            new WebServerOptions
            {
                AfterTls = listen =>
                {
                    if (toTheThread)
                    {
                        listen.UseConnectionThread();
                    }

                    listen.Use(_ => proxy);
                },
            });
        using var client = await server.ConnectAsync();

        // Small ones in turns, then both directions at once, then the end, which goes all the way round.
        for (var i = 0; i < 20; i++)
        {
            await client.SendAsync($"message {i:00}");
            Assert.Equal($"message {i:00}", await client.ReceiveTextAsync(10));
        }

        const int Size = 4 * 1024 * 1024;
        var all = client.ReceiveToEndAsync();
        await client.SendAsync(Pattern.Create(Size));
        client.ShutdownSend();
        var received = await all.Bounded();
        Assert.Equal(Size, received.Length);
        Pattern.Check(received, 0);
    }

    private static async Task PassOnAsync(ConnectionContext connection, EndPoint destination)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(destination);
        await using var upstream = new NetworkStream(socket);
        var there = ThereAsync();
        var back = upstream.CopyToAsync(connection.Transport.Output.AsStream());
        await Task.WhenAll(there, back);

        async Task ThereAsync()
        {
            await connection.Transport.Input.CopyToAsync(upstream);
            socket.Shutdown(SocketShutdown.Send);
        }
    }
}
