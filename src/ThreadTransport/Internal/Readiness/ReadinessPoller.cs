using System.Net.Sockets;
using ThreadTransport.Internal.Native;

namespace ThreadTransport.Internal.Readiness;

/// <summary>What is told when its socket can be read.</summary>
internal interface IReadinessTarget
{
    /// <summary>Something has come, or the stream is over. On a thread of the poller: must not wait, nor run application code.</summary>
    void OnReady();
}

/// <summary>
/// Waits for the sockets of split connections, so that no thread of their own has to: a few threads for all of them. Unlike the
/// runtime's asynchronous operations it leaves a socket in blocking mode, costs nothing while a socket is not armed, and tells the
/// connection itself, without a thread of the pool in between. Any thread may call it.
/// </summary>
internal sealed class ReadinessPoller : IDisposable
{
    /// <summary>A thread handles some hundred thousand events a second; so many cores do not keep one busy.</summary>
    private const int CoresPerThread = 8;

    private readonly Lock _lock = new();
    private readonly Epoll _epoll = new();
    private readonly Stack<int> _free = new();
    private readonly Action<Exception> _onError;
    private readonly Thread[] _threads;
    private IReadinessTarget?[] _targets = [];
    private volatile bool _disposed;

    /// <param name="onError">Told of an exception that nobody else caught.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">The process has no descriptor left.</exception>
    public ReadinessPoller(Action<Exception> onError)
    {
        _onError = onError;
        _threads = new Thread[((Environment.ProcessorCount - 1) / CoresPerThread) + 1];
    }

    /// <summary>How many targets are registered.</summary>
    public int Registered
    {
        get
        {
            lock (_lock)
            {
                return _targets.Length - _free.Count;
            }
        }
    }

    /// <summary>Starts the threads. To be called once, where failing is allowed.</summary>
    public void Start()
    {
        for (var i = 0; i < _threads.Length; i++)
        {
            var thread = new Thread(static poller => ((ReadinessPoller)poller!).Run(), 256 * 1024)
            {
                Name = "readiness",
                IsBackground = true,
            };
            thread.UnsafeStart(this);
            _threads[i] = thread;
        }
    }

    /// <returns>The key of the target's socket, until <see cref="Unregister"/>.</returns>
    public int Register(IReadinessTarget target)
    {
        lock (_lock)
        {
            if (_free.Count == 0)
            {
                Grow();
            }

            var key = _free.Pop();
            Volatile.Write(ref _targets[key], target);
            return key;
        }
    }

    /// <summary>Not while the socket is armed.</summary>
    public void Unregister(int key)
    {
        lock (_lock)
        {
            Volatile.Write(ref _targets[key], null);
            _free.Push(key);
        }
    }

    /// <summary>
    /// Has the target told, once, when its socket can be read; at once if it can be already. Keeps the socket from being closed until
    /// then. The caller may touch nothing of the target's after this: it may have been told.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The socket is closed, or the poller.</exception>
    /// <exception cref="SocketException">The kernel has no room for it.</exception>
    public void Arm(int key, Socket socket, bool isFirst)
    {
        var handle = socket.SafeHandle;
        var held = false;
        handle.DangerousAddRef(ref held);
        try
        {
            var errno = _epoll.Arm((int)handle.DangerousGetHandle(), key, isFirst);
            if (errno != 0)
            {
                throw new SocketException((int)Errno.ToSocketError(errno));
            }
        }
        catch
        {
            handle.DangerousRelease();
            throw;
        }
    }

    /// <summary>The target does this first thing when it is told.</summary>
    public static void Disarm(Socket socket) => socket.SafeHandle.DangerousRelease();

    public void Dispose()
    {
        _disposed = true;
        _epoll.WakeAll();
        foreach (var thread in _threads)
        {
            thread?.Join();
        }

        _epoll.Dispose();
    }

    private void Run()
    {
        Span<int> keys = stackalloc int[Epoll.MaxEvents];
        while (true)
        {
            // What was ready before the end is told of all the same: connections that were aborted wait for it.
            var ending = _disposed;
            var told = Tell(keys[.._epoll.Wait(keys, ending ? 0 : Timeout.Infinite)]);
            if (ending && told == 0)
            {
                return;
            }
        }
    }

    private int Tell(ReadOnlySpan<int> keys)
    {
        var told = 0;
        foreach (var key in keys)
        {
            if (key != Epoll.WakeKey && Volatile.Read(ref Volatile.Read(ref _targets)[key]) is { } target)
            {
                told++;
                try
                {
                    target.OnReady();
                }
                catch (Exception exception)
                {
                    _onError(exception);
                }
            }
        }

        return told;
    }

    private void Grow()
    {
        var count = _targets.Length;
        var targets = new IReadinessTarget?[Math.Max(64, count * 2)];
        _targets.CopyTo(targets, 0);
        for (var key = targets.Length - 1; key >= count; key--)
        {
            _free.Push(key);
        }

        Volatile.Write(ref _targets, targets);
    }
}
