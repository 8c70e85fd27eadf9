using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ThreadTransport.Internal.Native;

namespace ThreadTransport.Internal.Connections;

/// <summary>
/// Receives what has arrived, without waiting, whether the socket is in blocking mode or not: the runtime has no call for that. Where
/// there is no such call either, nothing has arrived.
/// </summary>
internal static unsafe class SocketReceive
{
    /// <summary>The smallest room that is worth a system call. As on Kestrel's transport: half a block of its pool.</summary>
    public const int MinRoom = 2048;

    /// <summary>The option's name, whose value begins with the state of the connection.</summary>
    private const int TcpInfo = 11;

    private const byte TcpClose = 7;

    /// <summary>
    /// What a connection's own thread receives into: its stack, so that a connection that waits holds no block of the pool and a shorter
    /// message costs one system call. It lies below the application's frames, and with twice as much they would reach a further page.
    /// </summary>
    public const int StackBufferSize = 1024;

    /// <summary>
    /// Moves what has arrived into the pipe's memory, and rents some only if there is anything; the caller flushes.
    /// </summary>
    /// <inheritdoc cref="ReceiveArrived"/>
    [SkipLocalsInit]
    public static int ReceiveIfArrived(Socket socket, PipeWriter input, int max, out bool ended, out SocketError error)
    {
        var buffer = stackalloc byte[MinRoom];
        var received = (int)Check(Libc.Receive(socket.SafeHandle, buffer, MinRoom), out ended, out error);
        if (received > 0)
        {
            input.Write(new ReadOnlySpan<byte>(buffer, received));
            if (received == MinRoom)
            {
                received += ReceiveArrived(socket, input, max - received, out ended, out error);
            }
        }

        return received;
    }

    /// <summary>Moves what has arrived into the pipe's memory; the caller flushes.</summary>
    /// <param name="socket">Where from.</param>
    /// <param name="input">Where to.</param>
    /// <param name="max">About how much at most.</param>
    /// <param name="ended">Whether the stream is over, by a FIN or by <paramref name="error"/>.</param>
    /// <param name="error">Why it is over.</param>
    /// <returns>How many bytes.</returns>
    public static int ReceiveArrived(Socket socket, PipeWriter input, int max, out bool ended, out SocketError error)
    {
        ended = false;
        error = SocketError.Success;
        var total = 0;
        while (OperatingSystem.IsLinux() && total < max)
        {
            var room = input.GetSpan(MinRoom);
            int received;
            fixed (byte* bytes = room)
            {
                received = (int)Check(Libc.Receive(socket.SafeHandle, bytes, (nuint)room.Length), out ended, out error);
            }

            input.Advance(received);
            total += received;
            if (received < room.Length)
            {
                break;
            }
        }

        return total;
    }

    /// <summary>
    /// Whether the kernel has given the connection up, as after a reset. One that has received a FIN waits for this side to close.
    /// </summary>
    public static bool IsClosed(Socket socket)
    {
        if (!OperatingSystem.IsLinux() || socket.ProtocolType != ProtocolType.Tcp)
        {
            return false;
        }

        byte state = 0;
        try
        {
            return socket.GetRawSocketOption((int)SocketOptionLevel.Tcp, TcpInfo, new Span<byte>(ref state)) == 1 && state == TcpClose;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <returns>The number of bytes, 0 if there were none.</returns>
    private static nint Check(nint received, out bool ended, out SocketError error)
    {
        var errno = received < 0 ? Marshal.GetLastPInvokeError() : 0;
        error = errno is 0 or Errno.TryAgain or Errno.Interrupted ? SocketError.Success : Errno.ToSocketError(errno);
        ended = received == 0 || error != SocketError.Success;
        return Math.Max(received, 0);
    }
}
