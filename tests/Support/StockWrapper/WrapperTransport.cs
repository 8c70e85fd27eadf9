using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;

namespace Support.StockWrapper;

/// <summary>
/// Kestrel's own transport, but what follows a read runs on a thread of the connection. An independent second implementation of
/// that promise: too slow to ship, simple enough to trust.
/// </summary>
public sealed class WrapperTransport : ITransport
{
    public string Name => "Wrapper";

    public void Use(IWebHostBuilder host, TransportSettings settings)
        => host.UseSockets(settings.ApplyTo).ConfigureServices(services => services
            .AddSingleton<SocketTransportFactory>()
            .AddSingleton<IConnectionListenerFactory, Factory>());

    public override string ToString() => Name;

    private sealed class Factory(SocketTransportFactory stock) : IConnectionListenerFactory, IConnectionListenerFactorySelector
    {
        public bool CanBind(EndPoint endpoint) => stock.CanBind(endpoint);

        public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
            => new Listener(await stock.BindAsync(endpoint, cancellationToken));
    }

    private sealed class Listener(IConnectionListener stock) : IConnectionListener
    {
        public EndPoint EndPoint => stock.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
            => await stock.AcceptAsync(cancellationToken) is { } connection ? new WrapperConnection(connection) : null;

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => stock.UnbindAsync(cancellationToken);

        public ValueTask DisposeAsync() => stock.DisposeAsync();
    }
}
