using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Support;

/// <summary>
/// A transport without Kestrel: the test binds, accepts and holds the connections in its own hands. Disposing it ends what the
/// test left open, and fails the test if a pool block is still out then.
/// </summary>
public sealed class TransportHarness : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly ConcurrentBag<IConnectionListener> _listeners = [];
    private readonly ConcurrentDictionary<ConnectionContext, bool> _accepted = [];
    private readonly ConcurrentBag<TestClient> _clients = [];

    private TransportHarness(ITransport transport, TransportSettings settings)
    {
        _host = TestHost.Build(transport, settings, Log, Memory);
        Factory = _host.Services.GetServices<IConnectionListenerFactory>().Last();
    }

    public EventLog Log { get; } = new();

    public CountingMemoryPoolFactory Memory { get; } = new();

    public IServiceProvider Services => _host.Services;

    public IConnectionListenerFactory Factory { get; }

    /// <summary>The listener that the harness was bound with.</summary>
    public IConnectionListener Listener { get; private set; } = null!;

    public EndPoint EndPoint => Listener.EndPoint;

    /// <summary>How many connections there are to end.</summary>
    public int Owned => _accepted.Count;

    /// <summary>The factory alone; the test binds.</summary>
    public static TransportHarness Create(ITransport transport, Action<TransportSettings>? configure = null)
    {
        var settings = new TransportSettings();
        configure?.Invoke(settings);
        return new TransportHarness(transport, settings);
    }

    public static async Task<TransportHarness> BindAsync(
        ITransport transport,
        EndPoint? endPoint = null,
        Action<TransportSettings>? configure = null)
    {
        var harness = Create(transport, configure);
        try
        {
            harness.Listener = await harness.BindAsync(endPoint ?? new IPEndPoint(IPAddress.Loopback, 0));
            return harness;
        }
        catch
        {
            await harness.DisposeAsync();
            throw;
        }
    }

    /// <summary>Binds one more endpoint.</summary>
    public async Task<IConnectionListener> BindAsync(EndPoint endPoint)
    {
        var listener = await Factory.BindAsync(endPoint).Bounded();
        _listeners.Add(listener);
        return listener;
    }

    public async Task<ConnectionContext> AcceptAsync(IConnectionListener? listener = null)
    {
        var connection = await (listener ?? Listener).AcceptAsync().Bounded()
            ?? throw new InvalidOperationException("The listener has ended.");
        Own(connection);
        return connection;
    }

    /// <summary>A connection that the test has accepted by itself, and that is to be ended with the others.</summary>
    public void Own(ConnectionContext connection) => _accepted.TryAdd(connection, true);

    /// <summary>One that the test has disposed of.</summary>
    public void Disown(ConnectionContext connection) => _accepted.TryRemove(connection, out _);

    /// <summary>A client and the connection that the transport made of it.</summary>
    public async Task<(ConnectionContext Connection, TestClient Client)> ConnectAsync(int? receiveBufferSize = null)
    {
        var client = await ConnectClientAsync(receiveBufferSize: receiveBufferSize);
        return (await AcceptAsync(), client);
    }

    public async Task<TestClient> ConnectClientAsync(EndPoint? endPoint = null, int? receiveBufferSize = null)
    {
        var client = await TestClient.ConnectAsync(endPoint ?? EndPoint, receiveBufferSize);
        _clients.Add(client);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _accepted.Keys)
        {
            connection.Abort(new ConnectionAbortedException("The test is over."));
            await connection.DisposeAsync().Bounded();
        }

        foreach (var client in _clients)
        {
            client.Dispose();
        }

        var outstanding = Memory.Outstanding;
        foreach (var listener in _listeners)
        {
            await listener.DisposeAsync().Bounded();
        }

        _host.Dispose();
        Log.Dispose();
        if (outstanding != 0 || Memory.ReturnedTwice != 0)
        {
            throw new InvalidOperationException(
                $"{outstanding} pool blocks were not returned, {Memory.ReturnedTwice} were returned twice.");
        }
    }
}
