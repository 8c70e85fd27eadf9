using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using ThreadTransport.Internal.Native;

namespace ThreadTransport.Internal.Connections;

/// <summary>
/// Receives what has arrived, without waiting, whether the socket is in blocking mode or not, which the runtime has no call for.
/// Where there is no such call either, nothing has arrived.
/// </summary>
internal static unsafe class SocketReceive
{
    /// <summary>The smallest room that is worth a system call. As on Kestrel's transport: half a block of its pool.</summary>
    public const int MinRoom = 2048;

    /// <summary>How much is received at most before the application gets to see it.</summary>
    private const int MaxBatch = 64 * 1024;

    /// <summary>Moves what has arrived into the pipe's memory; the caller flushes.</summary>
    /// <param name="socket">Where from.</param>
    /// <param name="input">Where to.</param>
    /// <param name="ended">Whether the stream is over, by a FIN or by <paramref name="error"/>.</param>
    /// <param name="error">Why it is over.</param>
    /// <returns>How many bytes.</returns>
    public static int ReceiveArrived(Socket socket, PipeWriter input, out bool ended, out SocketError error)
    {
        ended = false;
        error = SocketError.Success;
        var total = 0;
        while (OperatingSystem.IsLinux() && total < MaxBatch)
        {
            var room = input.GetSpan(MinRoom);
            nint received;
            fixed (byte* bytes = room)
            {
                received = Libc.Receive(socket.SafeHandle, bytes, (nuint)room.Length);
            }

            if (received > 0)
            {
                input.Advance((int)received);
                total += (int)received;
                if (received == room.Length)
                {
                    continue;
                }
            }
            else if (received == 0)
            {
                ended = true;
            }
            else if (Marshal.GetLastPInvokeError() is var errno and not (Errno.TryAgain or Errno.Interrupted))
            {
                ended = true;
                error = Errno.ToSocketError(errno);
            }

            break;
        }

        return total;
    }
}
