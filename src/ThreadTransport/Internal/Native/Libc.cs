using System.Runtime.InteropServices;

namespace ThreadTransport.Internal.Native;

/// <summary>
/// The few calls that the runtime has no word for, Linux only. None of them waits, but <see cref="GetThreadId"/> and
/// <see cref="Disconnect"/> enter the kernel all the same, so they are ordinary transitions and not suppressed ones.
/// </summary>
internal static unsafe partial class Libc
{
    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;

    /// <summary>Sends what the socket takes at once.</summary>
    /// <returns>The number of bytes, or -1 with the error in <see cref="Marshal.GetLastPInvokeError"/>.</returns>
    public static nint Send(SafeHandle socket, byte* bytes, nuint count) => send(socket, bytes, count, DontWait | NoSignal);

    /// <inheritdoc cref="Send(SafeHandle, byte*, nuint)"/>
    public static nint Send(SafeHandle socket, IoVector* vectors, int count)
    {
        var message = new MessageHeader { Vectors = vectors, VectorCount = (nuint)count };
        return sendmsg(socket, &message, DontWait | NoSignal);
    }

    /// <summary>Receives what has arrived.</summary>
    /// <inheritdoc cref="Send(SafeHandle, byte*, nuint)" path="/returns"/>
    public static nint Receive(SafeHandle socket, byte* bytes, nuint count) => recv(socket, bytes, count, DontWait);

    /// <summary>
    /// Breaks a TCP connection: the peer sees a reset, and threads that sit in a call on the socket come back.
    /// </summary>
    /// <returns>False if the kernel refused.</returns>
    public static bool Disconnect(SafeHandle socket)
    {
        // A sockaddr whose family is AF_UNSPEC; nothing behind the family is read.
        var address = stackalloc byte[16];
        new Span<byte>(address, 16).Clear();
        return connect(socket, address, 16) == 0;
    }

    /// <summary>The kernel's id of the calling thread, as in <c>/proc/self/task</c>; 0 where there is none.</summary>
    public static int GetThreadId() => OperatingSystem.IsLinux() ? gettid() : 0;

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(SafeHandle socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint sendmsg(SafeHandle socket, MessageHeader* message, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(SafeHandle socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int connect(SafeHandle socket, byte* address, int length);

    [LibraryImport("libc")]
    private static partial int gettid();

    /// <summary>struct iovec.</summary>
    public struct IoVector
    {
        public byte* Base;
        public nuint Length;
    }

    /// <summary>struct msghdr of 64-bit Linux.</summary>
    private struct MessageHeader
    {
#pragma warning disable CS0649 // Fields that stay zero.
        public void* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
#pragma warning restore CS0649
    }
}
