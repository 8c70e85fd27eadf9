using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace ThreadTransport.Internal.Diagnostics;

/// <summary>What the transport says of its threads and limits. Event ids: 1-9 threads, 10-19 admission, 20-29 connections.</summary>
internal sealed partial class ThreadTransportLog(ILogger logger)
{
    public const string Category = "ThreadTransport";

    private readonly LogThrottle _threadRefusals = new(TimeSpan.FromSeconds(1));
    private readonly LogThrottle _heldUpAccepts = new(TimeSpan.FromSeconds(1));
    private readonly LogThrottle _fullWarnings = new(TimeSpan.FromSeconds(10));

    [LoggerMessage(1, LogLevel.Error, "A continuation of application code failed with an unhandled exception.")]
    private static partial void TurnFailed(ILogger logger, Exception exception);

    [LoggerMessage(2, LogLevel.Critical, "A thread of the transport ended with an unhandled exception.")]
    private static partial void ThreadFailed(ILogger logger, Exception exception);

    [LoggerMessage(3, LogLevel.Warning, "No thread for {Work}: {Reason} Since the last such message {HeldBack} more were refused.")]
    private static partial void ThreadRefused(ILogger logger, string work, string reason, int heldBack);

    [LoggerMessage(
        4, LogLevel.Warning,
        "A stack of {StackSize} leaves little room: below about 192KB the runtime moves the continuations of awaited "
            + "calls off the connection's thread, because it wants about 133 KB of stack left before it runs them in place. "
            + "Set ThreadTransport:StackSize to 192KB or more unless your handlers never await below their first call.")]
    private static partial void SmallStack(ILogger logger, string stackSize);

    [LoggerMessage(10, LogLevel.Information, "Room for {Connections} connections, set by {Limit}.{Cure}")]
    private static partial void Room(ILogger logger, int connections, string limit, string cure);

    [LoggerMessage(
        11, LogLevel.Warning,
        "ThreadTransport:MaxConnections is {MaxConnections}, but {Limit} leaves room for {Room}, and that holds.{Cure}")]
    private static partial void MaxConnectionsLowered(ILogger logger, int maxConnections, string limit, int room, string cure);

    [LoggerMessage(
        12, LogLevel.Warning,
        "{EndPoint}: no connection could be accepted ({Error}). Accepting goes on in {Delay} ms. Since the last such message "
            + "{HeldBack} more tries failed.")]
    private static partial void AcceptHeldUp(ILogger logger, string endPoint, string error, int delay, int heldBack);

    [LoggerMessage(13, LogLevel.Debug, "{EndPoint}: a client was rejected, because there is no room for another connection.")]
    private static partial void Rejected(ILogger logger, string endPoint);

    [LoggerMessage(14, LogLevel.Error, "An accepted connection could not be set up.")]
    private static partial void ConnectionFailed(ILogger logger, Exception exception);

    [LoggerMessage(
        15, LogLevel.Warning,
        "Full with {Max} connections, set by {Limit}. New clients wait in the backlog until a connection ends. Since "
            + "the last such message {HeldBack} more had to wait.")]
    private static partial void FullWaiting(ILogger logger, int max, string limit, int heldBack);

    [LoggerMessage(
        16, LogLevel.Warning,
        "Full with {Max} connections, set by {Limit}. New clients are reset until a connection ends. Since the last "
            + "such message {HeldBack} more were.")]
    private static partial void FullRejecting(ILogger logger, int max, string limit, int heldBack);

    [LoggerMessage(20, LogLevel.Debug, "Connection id \"{ConnectionId}\" split: {Cause}.", SkipEnabledCheck = true)]
    private static partial void ConnectionSplit(ILogger logger, string connectionId, string cause);

    [LoggerMessage(21, LogLevel.Debug, "Connection id \"{ConnectionId}\" receives by its own thread again.", SkipEnabledCheck = true)]
    private static partial void ConnectionRejoined(ILogger logger, string connectionId);

    public void TurnFailed(Exception exception) => AtTheEdge(() => TurnFailed(logger, exception));

    public void ThreadFailed(Exception exception) => AtTheEdge(() => ThreadFailed(logger, exception));

    public void ThreadRefused(string work, string reason)
    {
        if (_threadRefusals.TryPass(out var heldBack))
        {
            AtTheEdge(() => ThreadRefused(logger, work, reason, heldBack));
        }
    }

    public void SmallStack(int stackSize) => SmallStack(logger, ByteSize.Format(stackSize));

    /// <param name="connections">How many.</param>
    /// <param name="limit">What sets that.</param>
    /// <param name="cure">What makes room for twice as many; null where no setting does.</param>
    public void Room(int connections, string limit, string? cure) =>
        Room(logger, connections, limit, cure is null ? "" : $" For twice as many: {cure}.");

    /// <param name="maxConnections">What is set.</param>
    /// <param name="limit">What leaves less.</param>
    /// <param name="room">How much that is.</param>
    /// <param name="cure">What makes room for all; null where no setting does.</param>
    public void MaxConnectionsLowered(int maxConnections, string limit, int room, string? cure) =>
        MaxConnectionsLowered(logger, maxConnections, limit, room, cure is null ? "" : $" For {maxConnections}: {cure}.");

    public void AcceptHeldUp(string endPoint, string error, TimeSpan delay)
    {
        if (_heldUpAccepts.TryPass(out var heldBack))
        {
            AtTheEdge(() => AcceptHeldUp(logger, endPoint, error, (int)delay.TotalMilliseconds, heldBack));
        }
    }

    public void Rejected(string endPoint) => Rejected(logger, endPoint);

    /// <summary>A client came while there was no room for another connection.</summary>
    public void Full(WhenFull whenFull, int max, string limit)
    {
        if (!_fullWarnings.TryPass(out var heldBack))
        {
            return;
        }

        if (whenFull == WhenFull.Reject)
        {
            FullRejecting(logger, max, limit, heldBack);
        }
        else
        {
            FullWaiting(logger, max, limit, heldBack);
        }
    }

    public void ConnectionFailed(Exception exception) => ConnectionFailed(logger, exception);

    public void ConnectionSplit(BaseConnectionContext connection, string cause)
    {
        if (logger.IsEnabled(LogLevel.Debug))
        {
            ConnectionSplit(logger, connection.ConnectionId, cause);
        }
    }

    public void ConnectionRejoined(BaseConnectionContext connection)
    {
        if (logger.IsEnabled(LogLevel.Debug))
        {
            ConnectionRejoined(logger, connection.ConnectionId);
        }
    }

    /// <summary>Where a logger that throws would end a thread, and with it the process.</summary>
    private static void AtTheEdge(Action log)
    {
        try
        {
            log();
        }
        catch (Exception)
        {
            // There is nobody left to tell.
        }
    }
}
