using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ThreadTransport.Internal.Connections;
using ThreadTransport.Internal.Diagnostics;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Internal.Listening;

/// <summary>
/// Binds endpoints to thread listeners, and owns what their connections share. Runs on the thread that starts the server or
/// reloads its configuration; disposed with the server.
/// </summary>
internal sealed class ThreadTransportFactory : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    /// <summary>Below this the runtime may move awaited continuations to the pool.</summary>
    private const int ComfortableStackSize = 192 * 1024;

    /// <summary>Of the threads that this process can have, this part is kept for turns whose own thread is not free.</summary>
    private const int BorrowedShare = 16;

    private const int MaxBorrowed = 1024;

    private readonly ThreadTransportOptions _options;
    private readonly IMemoryPoolFactory<byte> _memoryPools;
    private readonly TransportServices _services;
    private readonly Admission _admission;

    public ThreadTransportFactory(
        IOptions<ThreadTransportOptions> options,
        ILoggerFactory loggerFactory,
        IMemoryPoolFactory<byte> memoryPools,
        IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(loggerFactory);
        ArgumentNullException.ThrowIfNull(memoryPools);
        ArgumentNullException.ThrowIfNull(meters);
        _options = options.Value;
        _memoryPools = memoryPools;
        var log = new ThreadTransportLog(loggerFactory.CreateLogger(ThreadTransportLog.Category));
        if (_options.StackSize < ComfortableStackSize)
        {
            log.SmallStack(_options.StackSize);
        }

        var budget = ThreadBudget.Compute();
        var borrowed = Math.Clamp(budget.Threads / BorrowedShare, 1, MaxBorrowed);
        var room = Math.Max(budget.Threads - borrowed, 1);
        log.Room(room, budget.Limit);
        if (_options.MaxConnections > room)
        {
            log.MaxConnectionsLowered(_options.MaxConnections.Value, budget.Limit, room);
        }

        room = Math.Min(_options.MaxConnections ?? int.MaxValue, room);
        _admission = new Admission(room);
        var metrics = new TransportMetrics(meters);
        _services = new TransportServices(_options, borrowed, new ConnectionLog(loggerFactory.CreateLogger(ConnectionLog.Category)), log, metrics);
        metrics.Observe(
            () => _services.Threads.Alive,
            () => _services.Threads.Parked,
            () => _services.Threads.Created,
            () => _services.Borrowed.Count,
            room);
    }

    /// <summary>What the connections share; for tests that count it.</summary>
    internal TransportServices Services => _services;

    /// <inheritdoc cref="Services"/>
    internal Admission Admission => _admission;

    public bool CanBind(EndPoint endpoint) =>
        _options.Enabled && endpoint is IPEndPoint or UnixDomainSocketEndPoint or FileHandleEndPoint && (_options.CanBind?.Invoke(endpoint) ?? true);

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket? socket = null;
        try
        {
            _services.Start();
            socket = _options.CreateBoundListenSocket(endpoint);
            var bound = socket.LocalEndPoint!;
            socket.Listen(_options.Backlog);
            var pool = _memoryPools.Create(new MemoryPoolOptions { Owner = "kestrel" });
            return ValueTask.FromResult<IConnectionListener>(new ThreadListener(socket, bound, pool, _services, _admission));
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket?.Dispose();
            throw new AddressInUseException(exception.Message, exception);
        }
        catch
        {
            socket?.Dispose();
            throw;
        }
    }

    public void Dispose() => _services.Dispose();
}
