using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ThreadTransport.Internal.Native;

/// <summary>
/// The few calls that the runtime has no word for, or a slow one; Linux only. All of them enter the kernel, and some wait there, so
/// they are ordinary transitions and not suppressed ones.
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
    /// Receives what arrives next; on a socket in blocking mode it waits for that, unless told not to. Where the caller is optimised, and
    /// outside a try, the call is part of it: every frame less on the stack of a thread that waits is one less for the garbage collector
    /// to walk.
    /// </summary>
    /// <returns>The number of bytes, or -1 with the error in <see cref="Marshal.GetLastSystemError"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint ReceiveNext(int socket, byte* bytes, nuint count, bool wait) => recv(socket, bytes, count, wait ? 0 : DontWait);

    /// <summary>Lets the other threads that wait for this core run first.</summary>
    public static void Yield() => _ = sched_yield();

    /// <inheritdoc cref="Yield"/>
    /// <returns>How long that took.</returns>
    public static TimeSpan TimedYield()
    {
        var began = Stopwatch.GetTimestamp();
        Yield();
        return Stopwatch.GetElapsedTime(began);
    }

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

    [LibraryImport("libc")]
    private static partial nint recv(int socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int connect(SafeHandle socket, byte* address, int length);

    [LibraryImport("libc")]
    private static partial int gettid();

    [LibraryImport("libc")]
    private static partial int sched_yield();

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
