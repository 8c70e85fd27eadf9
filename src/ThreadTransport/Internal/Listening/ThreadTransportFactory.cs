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
    private readonly ThreadTransportOptions _options;
    private readonly IMemoryPoolFactory<byte> _memoryPools;
    private readonly TransportServices _services;
    private readonly ThreadTransportLog _log;
    private readonly ThreadBudget _budget;
    private readonly Admission _admission;
    private int _limitsLogged;

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
        _log = new ThreadTransportLog(new ShieldedLogger(loggerFactory.CreateLogger(ThreadTransportLog.Category)));
        _budget = ThreadBudget.OfThisProcess(_options.StackSize);
        _admission = _options.MaxConnections is { } max && max <= _budget.Connections
            ? new Admission(max, $"{ThreadTransportOptions.SectionName}:{nameof(_options.MaxConnections)}")
            : new Admission(_budget.Connections, _budget.Limit);
        var metrics = new TransportMetrics(meters);
        var connectionLog = new ConnectionLog(new ShieldedLogger(loggerFactory.CreateLogger(ConnectionLog.Category)));
        _services = new TransportServices(_options, _budget, connectionLog, _log, metrics);
        metrics.Observe(
            () => _services.Threads.Alive,
            () => _services.Threads.Parked,
            () => _services.Threads.Created,
            () => _services.BorrowedByConnections.Count + _services.BorrowedByRequests.Count,
            _admission.Max);
    }

    /// <summary>What the connections share; for tests that count it.</summary>
    internal TransportServices Services => _services;

    /// <inheritdoc cref="Services"/>
    internal Admission Admission => _admission;

    public bool CanBind(EndPoint endpoint) =>
        _options.Enabled
        && endpoint is IPEndPoint or UnixDomainSocketEndPoint or FileHandleEndPoint
        && (_options.CanBind?.Invoke(endpoint) ?? true);

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket? socket = null;
        try
        {
            _services.Start();
            socket = _options.CreateBoundListenSocket(endpoint);
            var bound = socket.LocalEndPoint!;
            socket.Listen(_options.Backlog);
            LogLimits();
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

    /// <summary>At the first endpoint: nobody wants to read of the limits of a transport that serves none.</summary>
    private void LogLimits()
    {
        if (Interlocked.Exchange(ref _limitsLogged, 1) != 0)
        {
            return;
        }

        _log.Room(_budget.Connections, _budget.Limit, _budget.CureFor(2L * _budget.Connections));
        if (_options.MaxConnections is { } max && max > _budget.Connections)
        {
            _log.MaxConnectionsLowered(max, _budget.Limit, _budget.Connections, _budget.CureFor(max));
        }
    }
}
