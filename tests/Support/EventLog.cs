using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Support;

/// <summary>One log event, with what a test may ask of it.</summary>
public sealed record LoggedEvent(
    string Category,
    LogLevel Level,
    EventId Id,
    string Message,
    Exception? Exception,
    IReadOnlyDictionary<string, object?> State)
{
    public DateTime At { get; } = DateTime.UtcNow;

    public string? ConnectionId => State.TryGetValue("ConnectionId", out var id) ? id as string : null;

    public bool IsTransport => Category == TransportEvent.Category;

    public override string ToString() => $"{At:mm:ss.fff} {Category} {Level} {Id.Id}: {Message} {Exception?.Message}";
}

/// <summary>Keeps every event of a server, and lets a test wait for one. Written and read by any thread.</summary>
public sealed class EventLog : ILoggerProvider
{
    private readonly Lock _gate = new();
    private readonly List<LoggedEvent> _events = [];
    private readonly Dictionary<string, List<LoggedEvent>> _ofConnections = [];
    private readonly List<(Func<LoggedEvent, bool> Match, TaskCompletionSource<LoggedEvent> Found)> _waiting = [];

    public IReadOnlyList<LoggedEvent> Events
    {
        get
        {
            lock (_gate)
            {
                return [.. _events];
            }
        }
    }

    /// <summary>What a client's misbehaviour must never cause: a transport's event above Debug, or anybody's warning.</summary>
    public IReadOnlyList<LoggedEvent> Complaints
        => [.. Events.Where(e => e.Level >= LogLevel.Warning || (e.IsTransport && e.Level > LogLevel.Debug))];

    /// <summary>The ids of the transport's events for one connection, in order.</summary>
    public IReadOnlyList<int> TransportEvents(string connectionId) => [.. OfConnection(connectionId).Select(e => e.Id.Id)];

    /// <summary>The transport's events for one connection, in order. However many there are of others, this is quick.</summary>
    public IReadOnlyList<LoggedEvent> OfConnection(string connectionId)
    {
        lock (_gate)
        {
            return _ofConnections.TryGetValue(connectionId, out var events) ? [.. events] : [];
        }
    }

    public Task<LoggedEvent> WaitForTransportEventAsync(int id, string? connectionId = null)
        => WaitForAsync(
            e => e.IsTransport && e.Id.Id == id && (connectionId is null || e.ConnectionId == connectionId),
            $"transport event {id}");

    /// <summary>The first event that matches, logged already or still to come.</summary>
    public async Task<LoggedEvent> WaitForAsync(Func<LoggedEvent, bool> match, string what)
    {
        var found = new TaskCompletionSource<LoggedEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_events.Find(e => match(e)) is { } logged)
            {
                return logged;
            }

            _waiting.Add((match, found));
        }

        var began = DateTime.UtcNow;
        try
        {
            return await found.Task.Bounded();
        }
        catch (TimeoutException)
        {
            // Nothing runs in time if the pool has no thread for it, the transports included.
            var pool = $"{ThreadPool.ThreadCount} threads of the pool, {ThreadPool.PendingWorkItemCount} waiting for one";
            var seen = string.Join(Environment.NewLine, Events.TakeLast(30));
            throw new TimeoutException($"Not logged from {began:mm:ss.fff} to {DateTime.UtcNow:mm:ss.fff}: {what} ({pool}). Logged were:{Environment.NewLine}{seen}");
        }
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private void Add(LoggedEvent logged)
    {
        lock (_gate)
        {
            _events.Add(logged);
            if (logged.IsTransport && logged.ConnectionId is { } connectionId)
            {
                (CollectionsMarshal.GetValueRefOrAddDefault(_ofConnections, connectionId, out _) ??= []).Add(logged);
            }

            for (var i = _waiting.Count - 1; i >= 0; i--)
            {
                if (_waiting[i].Match(logged))
                {
                    _waiting[i].Found.TrySetResult(logged);
                    _waiting.RemoveAt(i);
                }
            }
        }
    }

    private sealed class Logger(EventLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            var values = new Dictionary<string, object?>();
            foreach (var (key, value) in state as IEnumerable<KeyValuePair<string, object?>> ?? [])
            {
                values[key] = value;
            }

            log.Add(new LoggedEvent(category, logLevel, eventId, formatter(state, exception), exception, values));
        }
    }
}
