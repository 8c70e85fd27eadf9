using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Support;

/// <summary>A real Kestrel with one endpoint on the transport under test, for raw connections or for HTTP.</summary>
public sealed class KestrelHarness : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly ConcurrentBag<TestClient> _clients = [];
    private ListenOptions _listen = null!;

    private KestrelHarness(
        ITransport transport,
        RequestDelegate http,
        EndPoint? endPoint,
        Action<TransportSettings>? configure,
        Action<ListenOptions>? configureListen)
    {
        var settings = new TransportSettings();
        configure?.Invoke(settings);
        _host = TestHost.Build(transport, settings, Log, Memory, web => web
            .UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                SetFinOnError(kestrel, settings.FinOnError);
                kestrel.Listen(endPoint ?? new IPEndPoint(IPAddress.Loopback, 0), listen =>
                {
                    _listen = listen;
                    configureListen?.Invoke(listen);
                });
            })
            .Configure(app => app.Run(http)));
    }

    public EventLog Log { get; } = new();

    public CountingMemoryPoolFactory Memory { get; } = new();

    /// <summary>Where it listens, the port resolved.</summary>
    public EndPoint EndPoint => _listen.EndPoint;

    /// <summary>Every connection is the delegate's; no HTTP.</summary>
    public static Task<KestrelHarness> StartAsync(
        ITransport transport,
        ConnectionDelegate application,
        Action<TransportSettings>? configure = null,
        EndPoint? endPoint = null)
        => StartAsync(new KestrelHarness(
            transport,
            _ => Task.CompletedTask,
            endPoint,
            configure,
            listen => listen.Run(connection => application(connection))));

    public static Task<KestrelHarness> StartHttpAsync(
        ITransport transport,
        RequestDelegate application,
        Action<TransportSettings>? configure = null,
        EndPoint? endPoint = null,
        Action<ListenOptions>? configureListen = null)
        => StartAsync(new KestrelHarness(transport, application, endPoint, configure, configureListen));

    public async Task<TestClient> ConnectAsync(int? receiveBufferSize = null)
    {
        var client = await TestClient.ConnectAsync(EndPoint, receiveBufferSize);
        _clients.Add(client);
        return client;
    }

    /// <summary>Stops gracefully, until the token says to hurry.</summary>
    public Task StopAsync(CancellationToken hurry = default)
        => _host.Services.GetRequiredService<IServer>().StopAsync(hurry).Bounded();

    public async ValueTask DisposeAsync()
    {
        await StopAsync(new CancellationToken(canceled: true));
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        _host.Dispose();
        Log.Dispose();
    }

    private static async Task<KestrelHarness> StartAsync(KestrelHarness harness)
    {
        try
        {
            await harness._host.StartAsync().Bounded();
            return harness;
        }
        catch
        {
            harness._host.Dispose();
            throw;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_FinOnError")]
    private static extern void SetFinOnError(KestrelServerOptions options, bool value);
}
