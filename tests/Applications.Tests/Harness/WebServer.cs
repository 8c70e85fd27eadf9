using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Applications.Tests.Harness;

/// <summary>A whole web application on the transport under test, with one endpoint.</summary>
internal sealed class WebServer : IAsyncDisposable
{
    private readonly Listening _listening;
    private readonly ConcurrentQueue<string> _requestsOnPool = new();
    private ListenOptions _listen = null!;

    private WebServer(ITransport transport, Action<WebApplication> configure, WebServerOptions options)
    {
        _listening = options.Listening;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>>(Memory);
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        builder.Logging.AddProvider(Log).SetMinimumLevel(LogLevel.Debug);
        builder.WebHost.UseKestrelCore();
        transport.Use(builder.WebHost, new TransportSettings());
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            options.Kestrel?.Invoke(kestrel);
            kestrel.Listen(options.EndPoint ?? new IPEndPoint(IPAddress.Loopback, 0), listen =>
            {
                _listen = listen;
                listen.Protocols = _listening switch
                {
                    Listening.Http1 => HttpProtocols.Http1,
                    Listening.Http2 => HttpProtocols.Http2,
                    _ => HttpProtocols.Http1AndHttp2,
                };
                options.BeforeTls?.Invoke(listen);
                if (_listening == Listening.Tls)
                {
                    listen.UseHttps(TestCertificates.Server, https => options.Https?.Invoke(https));
                }

                options.AfterTls?.Invoke(listen);
            });
        });
        options.Builder?.Invoke(builder);
        App = builder.Build();
        if (transport is RequestsOnThreads)
        {
            App.Use(next => http =>
            {
                if (Thread.CurrentThread.IsThreadPoolThread)
                {
                    _requestsOnPool.Enqueue($"{http.Request.Protocol} {http.Request.Path}");
                }

                return next(http);
            });
        }

        configure(App);
    }

    public WebApplication App { get; }

    public EventLog Log { get; } = new();

    public CountingMemoryPoolFactory Memory { get; } = new();

    /// <summary>Where it listens, the port resolved.</summary>
    public EndPoint EndPoint => _listen.EndPoint;

    public int Port => ((IPEndPoint)EndPoint).Port;

    /// <summary>The address of its root, by a name that its certificate has.</summary>
    public Uri Address => new UriBuilder(
        _listening == Listening.Tls ? Uri.UriSchemeHttps : Uri.UriSchemeHttp,
        "localhost",
        EndPoint is IPEndPoint ip ? ip.Port : -1).Uri;

    public static async Task<WebServer> StartAsync(
        ITransport transport,
        Action<WebApplication> configure,
        WebServerOptions? options = null)
    {
        var server = new WebServer(transport, configure, options ?? new WebServerOptions());
        try
        {
            await server.App.StartAsync().Bounded();
            return server;
        }
        catch
        {
            await server.App.DisposeAsync();
            throw;
        }
    }

    public static Task<WebServer> StartAsync(ITransport transport, RequestDelegate handler, WebServerOptions? options = null)
        => StartAsync(transport, app => app.Run(handler), options);

    public static Task<WebServer> StartAsync(ITransport transport, RequestDelegate handler, Listening listening)
        => StartAsync(transport, handler, new WebServerOptions { Listening = listening });

    public Uri At(string path) => new(Address, path);

    /// <summary>The version of HTTP that the endpoint is best at.</summary>
    public HttpClient CreateClient(Version? version = null, Action<SocketsHttpHandler>? configure = null)
    {
        var best = version ?? (_listening == Listening.Http1 ? HttpVersion.Version11 : HttpVersion.Version20);
        return new HttpClient(CreateHandler(configure))
        {
            BaseAddress = Address,
            DefaultRequestVersion = best,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = TestTimeout.Default,
        };
    }

    public SocketsHttpHandler CreateHandler(Action<SocketsHttpHandler>? configure = null)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => TestCertificates.Server.Equals(shown) },
            ConnectCallback = async (_, cancellation)
                => new NetworkStream(await ConnectSocketAsync(cancellation), ownsSocket: true),
        };
        configure?.Invoke(handler);
        return handler;
    }

    public Task<TestClient> ConnectAsync(int? receiveBufferSize = null) => TestClient.ConnectAsync(EndPoint, receiveBufferSize);

    /// <summary>Stops gracefully, until the token says to hurry.</summary>
    public Task StopAsync(CancellationToken hurry = default) => App.StopAsync(hurry).Bounded();

    public async ValueTask DisposeAsync()
    {
        await StopAsync(new CancellationToken(canceled: true));
        await App.DisposeAsync();
        Assert.Empty(_requestsOnPool);
    }

    private async Task<Socket> ConnectSocketAsync(CancellationToken cancellation)
    {
        var protocol = EndPoint is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified;
        var socket = new Socket(EndPoint.AddressFamily, SocketType.Stream, protocol);
        try
        {
            if (EndPoint is IPEndPoint)
            {
                socket.NoDelay = true;
            }

            await socket.ConnectAsync(EndPoint, cancellation);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
