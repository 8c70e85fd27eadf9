using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Support;

namespace Randomised.Tests.Http;

/// <summary>
/// One Kestrel with one application and two endpoints: one on threads, one on Kestrel's own transport. Its limits are low, so
/// that a few hundred bytes go over them and whoever keeps it waiting is cut off after a second or two.
/// </summary>
internal sealed class TwinServer : IAsyncDisposable
{
    private static readonly IPAddress _onThreads = IPAddress.Parse("127.0.0.1");
    private static readonly IPAddress _onSockets = IPAddress.Parse("127.0.0.2");
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1.5);

    private readonly IHost _host;
    private readonly EventLog _log = new();
    private ListenOptions _threads = null!;
    private ListenOptions _sockets = null!;

    private TwinServer(bool split, HttpProtocols protocols)
        => _host = new HostBuilder()
            .ConfigureWebHost(web => web
                .UseKestrelCore()
                .UseThreadTransport(options =>
                {
                    options.CanBind = endPoint => endPoint is IPEndPoint { Address: var address } && address.Equals(_onThreads);
                    options.SplitAtStart = split;
                })
                .ConfigureKestrel(kestrel => Configure(kestrel, protocols))
                .Configure(app => app.Run(TwinApplication.RunAsync)))
            .ConfigureServices(services => services
                .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Critical).AddProvider(_log)))
            .Build();

    public EndPoint OnThreads => _threads.EndPoint;

    public EndPoint OnSockets => _sockets.EndPoint;

    /// <summary>Nothing that a client does may cause one of these.</summary>
    public IReadOnlyList<LoggedEvent> Criticals => _log.Events;

    /// <param name="split">Whether the connections on threads are split from the start.</param>
    /// <param name="protocols">What both endpoints speak.</param>
    public static async Task<TwinServer> StartAsync(bool split, HttpProtocols protocols)
    {
        var server = new TwinServer(split, protocols);
        await server._host.StartAsync().Bounded();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(new CancellationToken(canceled: true)).Bounded();
        _host.Dispose();
    }

    private void Configure(KestrelServerOptions kestrel, HttpProtocols protocols)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = true;
        kestrel.Limits.MaxRequestLineSize = 300;
        kestrel.Limits.MaxRequestHeadersTotalSize = 1_000;
        kestrel.Limits.MaxRequestHeaderCount = 12;
        kestrel.Limits.MaxRequestBufferSize = 4_096;
        kestrel.Limits.MaxRequestBodySize = 20_000;
        kestrel.Limits.KeepAliveTimeout = _patience;
        kestrel.Limits.RequestHeadersTimeout = _patience;

        // So many that nothing a script sends makes up for a rest that does not come.
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1_000_000, gracePeriod: _patience);
        _threads = Listen(kestrel, _onThreads, protocols);
        _sockets = Listen(kestrel, _onSockets, protocols);
    }

    private static ListenOptions Listen(KestrelServerOptions kestrel, IPAddress address, HttpProtocols protocols)
    {
        ListenOptions listening = null!;
        kestrel.Listen(address, 0, listen =>
        {
            listen.Protocols = protocols;
            listening = listen;
        });
        return listening;
    }
}
