using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ThreadTransport.Internal.Native;

namespace ThreadTransport.Internal.Connections;

/// <summary>
/// Sends what a socket takes at once, whether the socket is in blocking mode or not, which the runtime has no call for. Where
/// there is no such call either, nothing is taken, and everything goes out asynchronously.
/// </summary>
internal static unsafe class SocketSend
{
    private const int MaxVectors = 16;

    /// <returns>How many bytes were taken.</returns>
    public static long TrySend(Socket socket, ReadOnlySequence<byte> bytes, out SocketError error)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
        {
            error = SocketError.WouldBlock;
            return 0;
        }

        long sent = 0;
        while (true)
        {
            long wanted;
            nint taken;
            if (bytes.IsSingleSegment)
            {
                wanted = bytes.FirstSpan.Length;
                taken = Send(socket.SafeHandle, bytes.FirstSpan, out error);
            }
            else
            {
                taken = SendVectors(socket.SafeHandle, bytes, out wanted, out error);
            }

            if (error == SocketError.Interrupted)
            {
                continue;
            }

            sent += Math.Max(taken, 0);
            if (error != SocketError.Success || taken < wanted || wanted == bytes.Length)
            {
                return sent;
            }

            bytes = bytes.Slice(taken);
        }
    }

    private static nint Send(SafeSocketHandle socket, ReadOnlySpan<byte> span, out SocketError error)
    {
        fixed (byte* first = span)
        {
            return Check(Libc.Send(socket, first, (nuint)span.Length), out error);
        }
    }

    private static nint SendVectors(SafeSocketHandle socket, ReadOnlySequence<byte> bytes, out long wanted, out SocketError error)
    {
        var vectors = stackalloc Libc.IoVector[MaxVectors];
        var pins = default(Pins);
        var count = 0;
        wanted = 0;
        try
        {
            foreach (var segment in bytes)
            {
                if (count == MaxVectors)
                {
                    break;
                }

                pins[count] = segment.Pin();
                vectors[count] = new Libc.IoVector { Base = (byte*)pins[count].Pointer, Length = (nuint)segment.Length };
                wanted += segment.Length;
                count++;
            }

            return Check(Libc.Send(socket, vectors, count), out error);
        }
        finally
        {
            for (var i = 0; i < count; i++)
            {
                pins[i].Dispose();
            }
        }
    }

    private static nint Check(nint taken, out SocketError error)
    {
        error = taken >= 0 ? SocketError.Success : Errno.ToSocketError(Marshal.GetLastPInvokeError());
        return taken;
    }

    [InlineArray(MaxVectors)]
    private struct Pins
    {
        private MemoryHandle _first;
    }
}
