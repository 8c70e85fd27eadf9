using Microsoft.Extensions.Logging;

namespace KestrelAsyncEcho.Echo;

internal static partial class EchoLog
{
    [LoggerMessage(1, LogLevel.Debug, "Connection {ConnectionId} was reset by its client.")]
    public static partial void Reset(ILogger logger, string connectionId);

    [LoggerMessage(2, LogLevel.Debug, "Connection {ConnectionId} was aborted.")]
    public static partial void Aborted(ILogger logger, string connectionId);
}
