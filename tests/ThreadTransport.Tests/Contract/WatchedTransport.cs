using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>A transport under test that tells what Kestrel asks of it, and lets a test say something else in its place.</summary>
internal sealed class WatchedTransport(ITransport transport) : ITransport
{
    public string Name => transport.Name;

    /// <summary>What was bound, in order.</summary>
    public ConcurrentQueue<Listener> Bound { get; } = new();

    /// <summary>Put in the place of accepting.</summary>
    public Func<IConnectionListener, ValueTask<ConnectionContext?>> Accept { get; init; } = listener => listener.AcceptAsync();

    /// <summary>Put in the place of unbinding.</summary>
    public Func<IConnectionListener, ValueTask> Unbind { get; init; } = listener => listener.UnbindAsync();

    public void Use(IWebHostBuilder host, TransportSettings settings)
    {
        transport.Use(host, settings);
        host.ConfigureServices(services =>
        {
            var factory = services.Last(service => service.ServiceType == typeof(IConnectionListenerFactory)).ImplementationType!;
            services.AddSingleton<IConnectionListenerFactory>(provider => new Factory(
                (IConnectionListenerFactory)(provider.GetService(factory) ?? ActivatorUtilities.CreateInstance(provider, factory)),
                this));
        });
    }

    public override string ToString() => Name;

    private sealed class Factory(IConnectionListenerFactory factory, WatchedTransport watcher)
        : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
    {
        public bool CanBind(EndPoint endpoint) => ((IConnectionListenerFactorySelector)factory).CanBind(endpoint);

        public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
        {
            var listener = new Listener(await factory.BindAsync(endpoint, cancellationToken), watcher);
            watcher.Bound.Enqueue(listener);
            return listener;
        }

        public void Dispose() => (factory as IDisposable)?.Dispose();
    }

    internal sealed class Listener(IConnectionListener listener, WatchedTransport watcher) : IConnectionListener
    {
        private int _accepts;
        private int _unbinds;
        private int _disposals;

        public EndPoint EndPoint => listener.EndPoint;

        public int Accepts => Volatile.Read(ref _accepts);

        public int Unbinds => Volatile.Read(ref _unbinds);

        public int Disposals => Volatile.Read(ref _disposals);

        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _accepts);
            return watcher.Accept(listener);
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _unbinds);
            return watcher.Unbind(listener);
        }

        public ValueTask DisposeAsync()
        {
            Interlocked.Increment(ref _disposals);
            return listener.DisposeAsync();
        }
    }
}
