using System.Net.Sockets;

namespace ThreadTransport.Internal.Native;

/// <summary>Linux error numbers, as <see cref="SocketError"/> says them.</summary>
internal static class Errno
{
    public const int Interrupted = 4;
    public const int TryAgain = 11;

    public static SocketError ToSocketError(int errno) => errno switch
    {
        4 => SocketError.Interrupted,
        9 => SocketError.OperationAborted,
        11 => SocketError.WouldBlock,
        12 or 105 => SocketError.NoBufferSpaceAvailable,
        13 or 1 => SocketError.AccessDenied,
        22 => SocketError.InvalidArgument,
        32 => SocketError.Shutdown,
        88 => SocketError.NotSocket,
        90 => SocketError.MessageSize,
        100 => SocketError.NetworkDown,
        101 => SocketError.NetworkUnreachable,
        103 => SocketError.ConnectionAborted,
        104 => SocketError.ConnectionReset,
        107 => SocketError.NotConnected,
        110 => SocketError.TimedOut,
        113 => SocketError.HostUnreachable,
        _ => SocketError.SocketError,
    };
}
