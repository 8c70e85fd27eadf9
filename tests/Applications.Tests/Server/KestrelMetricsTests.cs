using System.Diagnostics.Metrics;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Applications.Tests.Server;

/// <summary>Kestrel's own meter says the same of a connection whatever transport carries it.</summary>
public sealed class KestrelMetricsTests
{
    private const string Meter = "Microsoft.AspNetCore.Server.Kestrel";

    [Theory, EveryApplicationTransport]
    public async Task Http1_ClientEnds_IsMeasuredAsOnSockets(ITransport transport)
        => await AssertSameAsync(transport, Listening.Http1, async server =>
        {
            using var client = await server.ConnectAsync();
            await client.SendAsync("GET / HTTP/1.1\r\nHost: s\r\n\r\n");
            await client.ReceiveTextAsync(12);
            client.ShutdownSend();
            await client.ReceiveToEndAsync();
        });

    [Theory, EveryApplicationTransport]
    public async Task Http1_ClientResetsMidRequest_IsMeasuredAsOnSockets(ITransport transport)
        => await AssertSameAsync(transport, Listening.Http1, async server =>
        {
            using var client = await server.ConnectAsync();
            await client.SendAsync("GET /wait HTTP/1.1\r\nHost: s\r\n\r\n");
            await server.Log.WaitForAsync(e => e.Message.Contains("/wait", StringComparison.Ordinal), "the request is in");
            client.Reset();
        });

    [Theory, EveryApplicationTransport]
    public async Task Http1_ApplicationAborts_IsMeasuredAsOnSockets(ITransport transport)
        => await AssertSameAsync(transport, Listening.Http1, async server =>
        {
            using var client = await server.ConnectAsync();
            await client.SendAsync("GET /abort HTTP/1.1\r\nHost: s\r\n\r\n");
            await client.ReceiveToResetAsync();
        });

    [Theory, EveryApplicationTransport]
    public async Task Http1_BadRequest_IsMeasuredAsOnSockets(ITransport transport)
        => await AssertSameAsync(transport, Listening.Http1, async server =>
        {
            using var client = await server.ConnectAsync();
            await client.SendAsync("nonsense\r\n\r\n");
            var answer = Encoding.UTF8.GetString(await client.ReceiveToAnyEndAsync());
            Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        });

    [Fact]
    public Task Http1_KeepAliveTimesOut_IsMeasuredAsOnSockets()
        => EveryTransportAtOnce.RunAsync(transport => AssertSameAsync(transport, Listening.Http1, async server =>
        {
            using var client = await server.ConnectAsync();
            await client.ReceiveToEndAsync();
        }, keepAlive: TimeSpan.FromSeconds(1)));

    [Theory, EveryApplicationTransport]
    public async Task Http1_TooManyConnections_IsMeasuredAsOnSockets(ITransport transport)
        => await AssertSameAsync(
            transport,
            Listening.Http1,
            async server =>
            {
                using var first = await server.ConnectAsync();
                await first.SendAsync("GET / HTTP/1.1\r\nHost: s\r\n\r\n");
                await first.ReceiveTextAsync(12);
                using var second = await server.ConnectAsync();
                await second.ReceiveToEndAsync();
                first.ShutdownSend();
                await first.ReceiveToEndAsync();
            },
            connections: 2);

    [Theory, EveryApplicationTransport]
    public async Task WebSocket_Closed_IsMeasuredAsOnSockets(ITransport transport)
        => await AssertSameAsync(transport, Listening.Http1, async server =>
        {
            using var socket = new ClientWebSocket();
            using var invoker = new HttpMessageInvoker(server.CreateHandler());
            await socket.ConnectAsync(new UriBuilder(server.At("/socket")) { Scheme = "ws" }.Uri, invoker, default).Bounded();
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default).Bounded();
        });

    [Theory, EveryApplicationTransport(Listening.Http2, Listening.Tls)]
    public async Task Http2_SeveralRequests_AreMeasuredAsOnSockets(ITransport transport, Listening listening)
        => await AssertSameAsync(transport, listening, async server =>
        {
            using var client = server.CreateClient();
            await client.GetStringAsync(server.At("/one")).Bounded();
            await client.GetStringAsync(server.At("/two")).Bounded();
        });

    [Theory, EveryApplicationTransport]
    public async Task Tls_HandshakeFails_IsMeasuredAsOnSockets(ITransport transport)
        => await AssertSameAsync(transport, Listening.Tls, async server =>
        {
            using var client = await server.ConnectAsync();
            await client.SendAsync("this is no TLS, not even the first of its bytes\r\n\r\n");
            await client.ReceiveToAnyEndAsync();
        });

    private static async Task AssertSameAsync(
        ITransport transport,
        Listening listening,
        Func<WebServer, Task> use,
        int connections = 1,
        TimeSpan? keepAlive = null)
    {
        var expected = await MeasureAsync(new SocketsTransport(), listening, use, connections, keepAlive);
        Assert.Contains(expected, measured => measured.StartsWith("kestrel.connection.duration", StringComparison.Ordinal));
        Assert.Contains(expected, measured => measured.StartsWith("kestrel.active_connections", StringComparison.Ordinal));

        Assert.Equal(expected, await MeasureAsync(transport, listening, use, connections, keepAlive));
    }

    private static async Task<string[]> MeasureAsync(
        ITransport transport,
        Listening listening,
        Func<WebServer, Task> use,
        int connections,
        TimeSpan? keepAlive)
    {
        await using var server = await StartAsync(transport, listening, keepAlive);
        using var measured = new Measurements(server);
        await use(server);
        await TestTimeout.EventuallyAsync(() => measured.Ended >= connections, "the connections are measured");
        await server.StopAsync();
        return measured.All;
    }

    private static Task<WebServer> StartAsync(ITransport transport, Listening listening, TimeSpan? keepAlive)
        => WebServer.StartAsync(
            transport,
            app =>
            {
                app.UseWebSockets();
                app.Run(async http =>
                {
                    switch (http.Request.Path.Value)
                    {
                        case "/abort":
                            http.Abort();
                            break;
                        case "/wait":
                            await http.RequestAborted.CancelledAsync();
                            break;
                        case "/socket":
                            using (var socket = await http.WebSockets.AcceptWebSocketAsync())
                            {
                                await socket.ReceiveAsync(new byte[1], default);
                                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
                            }

                            break;
                        default:
                            await http.Response.WriteAsync("hello");
                            break;
                    }
                });
            },
            new WebServerOptions
            {
                Listening = listening,
                Builder = builder => builder.Services.AddMetrics(),
                Kestrel = kestrel =>
                {
                    kestrel.Limits.MaxConcurrentConnections = 1;
                    kestrel.Limits.KeepAliveTimeout = keepAlive ?? kestrel.Limits.KeepAliveTimeout;
                },
            });

    /// <summary>What one server's meter measures: instrument, value (none for a duration) and tags, in a fixed order.</summary>
    private sealed class Measurements : IDisposable
    {
        private readonly List<string> _all = [];
        private readonly MeterListener _listener = new();

        public Measurements(WebServer server)
        {
            var scope = server.App.Services.GetRequiredService<IMeterFactory>();
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == Meter && instrument.Meter.Scope == scope)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, $"{value}", tags));
            _listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Add(instrument, "", tags));
            _listener.Start();
        }

        public string[] All
        {
            get
            {
                lock (_all)
                {
                    return [.. _all.Order(StringComparer.Ordinal)];
                }
            }
        }

        public int Ended => All.Count(measured => measured.StartsWith("kestrel.connection.duration", StringComparison.Ordinal));

        public void Dispose() => _listener.Dispose();

        private void Add(Instrument instrument, string value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var shown = tags.ToArray()
                .Where(tag => tag.Key != "server.port")
                .OrderBy(tag => tag.Key, StringComparer.Ordinal)
                .Select(tag => $"{tag.Key}={tag.Value}");
            lock (_all)
            {
                _all.Add($"{instrument.Name} {value} {string.Join(' ', shown)}");
            }
        }
    }
}
