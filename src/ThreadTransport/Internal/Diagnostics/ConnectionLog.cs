using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace ThreadTransport.Internal.Diagnostics;

/// <summary>
/// What happens to a connection, in the category and with the event ids and names of Kestrel's Sockets transport, so that
/// filters and dashboards made for that one keep working. Everything a peer can cause is Debug.
/// </summary>
internal sealed class ConnectionLog(ILogger logger)
{
    public const string Category = "Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets";

    // Defined by hand: the source generator writes the classes of an assembly in an order that changes from build to build, so with a
    // second class the same sources would give different bytes.
    private static readonly LogDefineOptions _enabledIsAsked = new() { SkipEnabledCheck = true };

    private static readonly Action<ILogger, string, Exception?> _pause =
        LoggerMessage.Define<string>(
            LogLevel.Debug, new EventId(4, "ConnectionPause"),
            "Connection id \"{ConnectionId}\" paused receiving.", _enabledIsAsked);

    private static readonly Action<ILogger, string, Exception?> _resume =
        LoggerMessage.Define<string>(
            LogLevel.Debug, new EventId(5, "ConnectionResume"),
            "Connection id \"{ConnectionId}\" resumed receiving.", _enabledIsAsked);

    private static readonly Action<ILogger, string, Exception?> _readFin =
        LoggerMessage.Define<string>(
            LogLevel.Debug, new EventId(6, "ConnectionReadFin"),
            "Connection id \"{ConnectionId}\" received FIN.", _enabledIsAsked);

    private static readonly Action<ILogger, string, string, Exception?> _writeFin =
        LoggerMessage.Define<string, string>(
            LogLevel.Debug, new EventId(7, "ConnectionWriteFin"),
            "Connection id \"{ConnectionId}\" is sending FIN because: \"{Reason}\"", _enabledIsAsked);

    private static readonly Action<ILogger, string, string, Exception?> _writeRst =
        LoggerMessage.Define<string, string>(
            LogLevel.Debug, new EventId(8, "ConnectionWriteRst"),
            "Connection id \"{ConnectionId}\" is sending RST because: \"{Reason}\"", _enabledIsAsked);

    private static readonly Action<ILogger, string, Exception?> _error =
        LoggerMessage.Define<string>(
            LogLevel.Debug, new EventId(14, "ConnectionError"),
            "Connection id \"{ConnectionId}\" failed with an unexpected error.", _enabledIsAsked);

    private static readonly Action<ILogger, string, Exception?> _reset =
        LoggerMessage.Define<string>(
            LogLevel.Debug, new EventId(19, "ConnectionReset"),
            "Connection id \"{ConnectionId}\" was reset by its peer.", _enabledIsAsked);

    private static readonly Action<ILogger, string, Exception?> _callbackFailed =
        LoggerMessage.Define<string>(
            LogLevel.Error, new EventId(0, "ConnectionClosedCallbackFailed"),
            "A callback on the ConnectionClosed token of connection id \"{ConnectionId}\" failed.");

    private bool IsEnabled => logger.IsEnabled(LogLevel.Debug);

    // The id is made when it is first asked for, so it is not asked for in vain.
    public void Pause(BaseConnectionContext connection)
    {
        if (IsEnabled)
        {
            _pause(logger, connection.ConnectionId, null);
        }
    }

    public void Resume(BaseConnectionContext connection)
    {
        if (IsEnabled)
        {
            _resume(logger, connection.ConnectionId, null);
        }
    }

    public void ReadFin(BaseConnectionContext connection)
    {
        if (IsEnabled)
        {
            _readFin(logger, connection.ConnectionId, null);
        }
    }

    public void WriteFin(BaseConnectionContext connection, string reason)
    {
        if (IsEnabled)
        {
            _writeFin(logger, connection.ConnectionId, reason, null);
        }
    }

    public void WriteRst(BaseConnectionContext connection, string reason)
    {
        if (IsEnabled)
        {
            _writeRst(logger, connection.ConnectionId, reason, null);
        }
    }

    public void Error(BaseConnectionContext connection, Exception exception)
    {
        if (IsEnabled)
        {
            _error(logger, connection.ConnectionId, exception);
        }
    }

    /// <param name="connection">Null for one that was gone before it was built.</param>
    public void Reset(BaseConnectionContext? connection)
    {
        if (IsEnabled)
        {
            _reset(logger, connection?.ConnectionId ?? "(null)", null);
        }
    }

    public void CallbackFailed(BaseConnectionContext connection, Exception exception) =>
        _callbackFailed(logger, connection.ConnectionId, exception);
}
