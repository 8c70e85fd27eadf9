using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ThreadTransport.Internal.Native;

/// <summary>
/// The kernel's list of sockets to be told of, and a descriptor by which its waiters are woken; Linux only. Each socket is told of once
/// each time it is armed. Any thread.
/// </summary>
internal sealed unsafe partial class Epoll : IDisposable
{
    /// <summary>The key that no socket has: the waiters are to look up.</summary>
    public const int WakeKey = -1;

    /// <summary>How many events one wait returns at most.</summary>
    public const int MaxEvents = 64;

    private const int CloseOnExec = 0x80000;
    private const int Add = 1;
    private const int Modify = 3;
    private const uint Readable = 0x1;
    private const uint PeerClosed = 0x2000;
    private const uint OneShot = 1 << 30;

    /// <summary>struct epoll_event is packed on x86-64 and nowhere else.</summary>
    private static readonly int _keyOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int _eventSize = _keyOffset + sizeof(long);

    private readonly SafeFileHandle _epoll;
    private readonly SafeFileHandle _wake;

    /// <exception cref="Win32Exception">The process has no descriptor left.</exception>
    public Epoll()
    {
        _epoll = Own(epoll_create1(CloseOnExec));
        try
        {
            _wake = Own(eventfd(0, CloseOnExec));
            if (Control(Add, (int)_wake.DangerousGetHandle(), WakeKey, Readable) is not 0 and var error)
            {
                _wake.Dispose();
                throw new Win32Exception(error);
            }
        }
        catch
        {
            _epoll.Dispose();
            throw;
        }
    }

    /// <summary>Has the next <see cref="Wait"/> told when something can be received, or the stream is over. Once.</summary>
    /// <param name="socket">Must be kept from being closed until it is told of.</param>
    /// <param name="key">By which it is told of.</param>
    /// <param name="isFirst">Whether this socket is armed for the first time.</param>
    /// <returns>The error; 0 if there was none.</returns>
    public int Arm(int socket, int key, bool isFirst) =>
        Control(isFirst ? Add : Modify, socket, key, Readable | PeerClosed | OneShot);

    /// <summary>Wakes every thread that waits, and all that will.</summary>
    public void WakeAll()
    {
        var one = 1L;
        _ = write(_wake, &one, sizeof(long));
    }

    /// <param name="keys">Gets the keys of the sockets that are ready. Holds <see cref="MaxEvents"/>.</param>
    /// <param name="timeout">In milliseconds; -1 waits as long as it takes.</param>
    /// <returns>How many.</returns>
    public int Wait(Span<int> keys, int timeout)
    {
        var events = stackalloc byte[_eventSize * MaxEvents];
        var count = epoll_wait(_epoll, events, Math.Min(keys.Length, MaxEvents), timeout);
        for (var i = 0; i < count; i++)
        {
            keys[i] = *(int*)(events + (i * _eventSize) + _keyOffset);
        }

        // An interrupted wait is one that found nothing.
        return Math.Max(count, 0);
    }

    public void Dispose()
    {
        _epoll.Dispose();
        _wake.Dispose();
    }

    private int Control(int operation, int descriptor, int key, uint events)
    {
        var change = stackalloc byte[_eventSize];
        *(uint*)change = events;
        *(long*)(change + _keyOffset) = key;
        return epoll_ctl(_epoll, operation, descriptor, change) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    private static SafeFileHandle Own(int descriptor) =>
        descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw new Win32Exception(Marshal.GetLastPInvokeError());

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(SafeFileHandle epoll, int operation, int descriptor, byte* change);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(SafeFileHandle epoll, byte* events, int max, int timeout);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint value, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(SafeFileHandle descriptor, void* bytes, nint count);
}
