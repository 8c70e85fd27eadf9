using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using ThreadTransport.Internal.Diagnostics;
using ThreadTransport.Internal.Native;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Internal.Connections;

/// <summary>What the closing tells its connection.</summary>
internal interface IClosingOwner
{
    /// <summary>Both directions have ended and the socket is closed. Called once, on whichever thread was last.</summary>
    void OnSocketClosed();
}

/// <summary>
/// Why and how one connection ends. The first cause wins; it is recorded before the socket is touched. Whoever is inside the
/// socket is woken first, and the last one out closes it. Any thread, and nothing here waits.
/// </summary>
internal sealed class ConnectionClosing(
    Socket socket,
    BaseConnectionContext connection,
    TurnScheduler turns,
    IClosingOwner owner,
    ThreadTransportOptions options,
    ConnectionLog log) : IDisposable
{
    /// <summary>What Kestrel's transport would have read ahead, by default.</summary>
    private const long DefaultMaxDiscard = 1024 * 1024;

    private readonly CancellationTokenSource _closed = new();
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Exception? _reason;
    private bool _discard;
    private bool _reachedEnd;
    private bool _disconnectRefused;
    private int _sidesInside = 2;
    private int _outstanding = 2;

    /// <summary>Why the connection ends; null while it does not.</summary>
    public Exception? Reason => _reason;

    public bool IsShutDown => _reason is not null;

    /// <summary>Whether nothing will be received or sent any more.</summary>
    public bool BothSidesEnded => Volatile.Read(ref _sidesInside) == 0;

    public CancellationToken ConnectionClosed => _closed.Token;

    /// <summary>Completes when the socket is closed and every callback on <see cref="ConnectionClosed"/> has run.</summary>
    public Task Completed => _completed.Task;

    /// <summary>Records why the connection ends and wakes whoever is inside its socket.</summary>
    /// <param name="reason">Null for an orderly end: the peer sees a FIN.</param>
    /// <returns>False if somebody was first.</returns>
    public bool TryShutdown(Exception? reason)
    {
        lock (_closed)
        {
            if (_reason is not null)
            {
                return false;
            }

            var orderly = reason is null || options.FinOnError;
            _discard = orderly;
            _reason = reason ?? new ConnectionAbortedException("The connection was closed in good order by this side.");
            if (orderly)
            {
                log.WriteFin(connection, _reason.Message);
                ShutdownBoth();
            }
            else
            {
                log.WriteRst(connection, _reason.Message);
                Reset();
            }

            return true;
        }
    }

    /// <summary>The thread or loop that received has left the socket for good.</summary>
    /// <param name="reachedEnd">Whether it has received all there is, up to the peer's FIN.</param>
    public void OnInputEnded(bool reachedEnd)
    {
        _reachedEnd = reachedEnd;
        try
        {
            RepeatDisconnect();
        }
        finally
        {
            // Whatever an application does to this thread while it waits there, an interrupt say: nobody else ends the input now.
            EndInput();
        }
    }

    /// <summary>Whoever sent has left the socket for good.</summary>
    public void OnOutputEnded() => OnSideEnded();

    /// <summary>After <see cref="Completed"/>.</summary>
    public void Dispose() => _closed.Dispose();

    private void EndInput()
    {
        OnSideEnded();
        if (_reachedEnd && turns.HasTurns)
        {
            // What came before the peer's end waits for its thread, and the application for what came. Kestrel's transport has both wait
            // for the pool, in this order; told of the end first, Kestrel gives up the answer.
            turns.Post(new Turn(static self => ((ConnectionClosing)self!).QueueToken(), this));
        }
        else
        {
            QueueToken();
        }
    }

    private void OnSideEnded()
    {
        if (Interlocked.Decrement(ref _sidesInside) == 0)
        {
            // Whoever shuts the connection down has recorded the reason by now, but may not have touched the socket yet.
            lock (_closed)
            {
            }

            if (_discard && !_reachedEnd)
            {
                DiscardReceived();
            }

            socket.Dispose();
            owner.OnSocketClosed();
            OnOneDone();
        }
    }

    /// <summary>On the pool, as on Kestrel's transport: callbacks are application code, and may call Abort again.</summary>
    private void QueueToken() => ThreadPool.UnsafeQueueUserWorkItem(static self => self.FireToken(), this, preferLocal: false);

    private void FireToken()
    {
        try
        {
            _closed.Cancel();
        }
        catch (Exception exception)
        {
            log.CallbackFailed(connection, exception);
        }

        OnOneDone();
    }

    private void OnOneDone()
    {
        if (Interlocked.Decrement(ref _outstanding) == 0)
        {
            _completed.SetResult();
        }
    }

    /// <summary>
    /// Some kernels did not want to break a connection under a waiting thread. That thread has left; an asynchronous sender may
    /// still wait.
    /// </summary>
    private void RepeatDisconnect()
    {
        lock (_closed)
        {
            if (!_disconnectRefused)
            {
                return;
            }
        }

        try
        {
            Libc.Disconnect(socket.SafeHandle);
        }
        catch (ObjectDisposedException)
        {
            // The application closed the socket itself.
        }
    }

    private void ShutdownBoth()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The peer was faster, or the application closed the socket itself.
        }
    }

    private void Reset()
    {
        try
        {
            if (socket.AddressFamily is not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6))
            {
                socket.Shutdown(SocketShutdown.Both);
                return;
            }

            // Linger 0 makes the close a reset, wherever it comes from.
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            if (OperatingSystem.IsLinux())
            {
                if (!Libc.Disconnect(socket.SafeHandle))
                {
                    _disconnectRefused = true;
                    socket.Shutdown(SocketShutdown.Receive);
                }
            }
            else
            {
                // Closing wakes the calls under way, but may hold its caller until they are back.
                ThreadPool.UnsafeQueueUserWorkItem(static socket => socket.Dispose(), socket, preferLocal: false);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // As above.
        }
    }

    /// <summary>
    /// Closing a socket with unread bytes sends a reset, which can take the last response from the peer. Kestrel's transport has
    /// read ahead by then; a direct connection has not, and so throws away as much as that one would have read.
    /// </summary>
    [SkipLocalsInit]
    private unsafe void DiscardReceived()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        const int Chunk = 4096;
        var scratch = stackalloc byte[Chunk];
        try
        {
            var most = options.MaxReadBufferSize is > 0 and var limit ? limit : DefaultMaxDiscard;
            nint discarded;
            for (var left = most; left > 0; left -= discarded)
            {
                discarded = Libc.Receive(socket.SafeHandle, scratch, (nuint)Math.Min(left, Chunk));
                if (discarded <= 0)
                {
                    return;
                }
            }
        }
        catch (ObjectDisposedException)
        {
            // The application closed the socket itself.
        }
    }
}
