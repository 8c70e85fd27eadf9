using System.Net.Sockets;

namespace ThreadTransport.Internal.Connections;

/// <summary>What a failed socket call says of the connection: reset by the peer, aborted on this side, or something unexpected.</summary>
internal static class SocketErrors
{
    /// <summary>The peer reset the connection, or had closed it before we sent.</summary>
    public static bool IsReset(SocketError error) =>
        error is SocketError.ConnectionReset or SocketError.Shutdown
        || (error is SocketError.ConnectionAborted && OperatingSystem.IsWindows());

    /// <summary>
    /// The socket was closed or shut down on this side while a call was under way. A blocking call says ConnectionAborted or
    /// NotConnected where an asynchronous one says OperationAborted.
    /// </summary>
    public static bool IsAbort(SocketError error) =>
        error is SocketError.OperationAborted or SocketError.Interrupted or SocketError.NotConnected
        || (error is SocketError.ConnectionAborted or SocketError.InvalidArgument && !OperatingSystem.IsWindows());
}
