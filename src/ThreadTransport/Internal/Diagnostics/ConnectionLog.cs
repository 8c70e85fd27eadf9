using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace ThreadTransport.Internal.Diagnostics;

/// <summary>
/// What happens to a connection, in the category and with the event ids and names of Kestrel's Sockets transport, so that
/// filters and dashboards made for that one keep working. Everything a peer can cause is Debug.
/// </summary>
internal sealed partial class ConnectionLog(ILogger logger)
{
    public const string Category = "Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets";

    [LoggerMessage(4, LogLevel.Debug, "Connection id \"{ConnectionId}\" paused receiving.", EventName = "ConnectionPause", SkipEnabledCheck = true)]
    private static partial void Pause(ILogger logger, string connectionId);

    [LoggerMessage(5, LogLevel.Debug, "Connection id \"{ConnectionId}\" resumed receiving.", EventName = "ConnectionResume", SkipEnabledCheck = true)]
    private static partial void Resume(ILogger logger, string connectionId);

    [LoggerMessage(6, LogLevel.Debug, "Connection id \"{ConnectionId}\" received FIN.", EventName = "ConnectionReadFin", SkipEnabledCheck = true)]
    private static partial void ReadFin(ILogger logger, string connectionId);

    [LoggerMessage(7, LogLevel.Debug, "Connection id \"{ConnectionId}\" is sending FIN because: \"{Reason}\"", EventName = "ConnectionWriteFin", SkipEnabledCheck = true)]
    private static partial void WriteFin(ILogger logger, string connectionId, string reason);

    [LoggerMessage(8, LogLevel.Debug, "Connection id \"{ConnectionId}\" is sending RST because: \"{Reason}\"", EventName = "ConnectionWriteRst", SkipEnabledCheck = true)]
    private static partial void WriteRst(ILogger logger, string connectionId, string reason);

    [LoggerMessage(14, LogLevel.Debug, "Connection id \"{ConnectionId}\" failed with an unexpected error.", EventName = "ConnectionError", SkipEnabledCheck = true)]
    private static partial void Error(ILogger logger, string connectionId, Exception exception);

    [LoggerMessage(19, LogLevel.Debug, "Connection id \"{ConnectionId}\" was reset by its peer.", EventName = "ConnectionReset", SkipEnabledCheck = true)]
    private static partial void Reset(ILogger logger, string connectionId);

    [LoggerMessage(0, LogLevel.Error, "A callback on the ConnectionClosed token of connection id \"{ConnectionId}\" failed.", EventName = "ConnectionClosedCallbackFailed")]
    private static partial void CallbackFailed(ILogger logger, string connectionId, Exception exception);

    private bool IsEnabled => logger.IsEnabled(LogLevel.Debug);

    // The id is made when it is first asked for, so it is not asked for in vain.
    public void Pause(BaseConnectionContext connection)
    {
        if (IsEnabled)
        {
            Pause(logger, connection.ConnectionId);
        }
    }

    public void Resume(BaseConnectionContext connection)
    {
        if (IsEnabled)
        {
            Resume(logger, connection.ConnectionId);
        }
    }

    public void ReadFin(BaseConnectionContext connection)
    {
        if (IsEnabled)
        {
            ReadFin(logger, connection.ConnectionId);
        }
    }

    public void WriteFin(BaseConnectionContext connection, string reason)
    {
        if (IsEnabled)
        {
            WriteFin(logger, connection.ConnectionId, reason);
        }
    }

    public void WriteRst(BaseConnectionContext connection, string reason)
    {
        if (IsEnabled)
        {
            WriteRst(logger, connection.ConnectionId, reason);
        }
    }

    public void Error(BaseConnectionContext connection, Exception exception)
    {
        if (IsEnabled)
        {
            Error(logger, connection.ConnectionId, exception);
        }
    }

    /// <param name="connection">Null for one that was gone before it was built.</param>
    public void Reset(BaseConnectionContext? connection)
    {
        if (IsEnabled)
        {
            Reset(logger, connection?.ConnectionId ?? "(null)");
        }
    }

    public void CallbackFailed(BaseConnectionContext connection, Exception exception) => CallbackFailed(logger, connection.ConnectionId, exception);
}
