using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using ThreadTransport.Internal.Connections;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Internal.Listening;

/// <summary>
/// Accepts on one endpoint. Kestrel's accept loop calls <see cref="AcceptAsync"/>, one call at a time; the other members are
/// whoever's stops the server.
/// </summary>
internal sealed class ThreadListener : IConnectionListener
{
    private readonly Socket _socket;
    private readonly MemoryPool<byte> _memoryPool;
    private readonly TransportServices _services;
    private readonly Admission _admission;
    private readonly BackOff _backOff = new();
    private readonly CancellationTokenSource _unbound = new();

    public ThreadListener(Socket socket, EndPoint endPoint, MemoryPool<byte> memoryPool, TransportServices services, Admission admission)
    {
        _socket = socket;
        EndPoint = endPoint;
        _memoryPool = memoryPool;
        _services = services;
        _admission = admission;
    }

    public EndPoint EndPoint { get; }

    /// <returns>A connection that is being served; null once the listener is unbound.</returns>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                if (_services.Threads.Pause is var pause && pause > TimeSpan.Zero && !await WaitAsync(pause, cancellationToken))
                {
                    return null;
                }

                var socket = await _socket.AcceptAsync(cancellationToken);
                _backOff.OnSucceeded();
                if (await AdmitAsync(socket, cancellationToken) && TryStart(socket) is { } connection)
                {
                    return connection;
                }
            }
            catch (SocketException exception) when (IsOfThatClient(exception.SocketErrorCode))
            {
                // The client was gone before it was accepted.
                _services.ConnectionLog.Reset(null);
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
            catch (SocketException exception)
                when (_unbound.IsCancellationRequested || exception.SocketErrorCode == SocketError.OperationAborted)
            {
                return null;
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // Whatever it is, out of memory included: Kestrel would never accept here again if it got to see it.
                // Errors of this kind stay for some time: no descriptor, no memory.
                _backOff.OnFailed();
                _services.Log.AcceptHeldUp(EndPoint.ToString()!, exception.Message, _backOff.Remaining);
                if (!await WaitAsync(_backOff.Remaining, cancellationToken))
                {
                    return null;
                }
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _unbound.Cancel();
        _socket.Dispose();
        _services.RightOfWay?.OnUnbound();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync();
        _memoryPool.Dispose();
    }

    /// <summary>Whether the next client may fare better. Everything else may last, and is not tried again without a pause.</summary>
    private static bool IsOfThatClient(SocketError error) =>
        error is SocketError.ConnectionAborted or SocketError.ConnectionReset or SocketError.TimedOut or SocketError.Interrupted
            or SocketError.NetworkDown or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.HostUnreachable;

    /// <summary>
    /// Waits for a permit with the accepted socket in hand, rather than for a socket with the permit in hand: a listener that
    /// nobody connects to would keep a permit from the others.
    /// </summary>
    private async ValueTask<bool> AdmitAsync(Socket socket, CancellationToken cancellationToken)
    {
        if (_admission.TryEnter())
        {
            return true;
        }

        _services.Log.Full(_services.Options.WhenFull, _admission.Max, _admission.Limit);
        if (_services.Options.WhenFull == WhenFull.Reject)
        {
            _services.Log.Rejected(EndPoint.ToString()!);
            _services.Metrics.RefusedFull();
            socket.Close(timeout: 0);
            return false;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(_unbound.Token, cancellationToken);
        try
        {
            await _admission.EnterAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            socket.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw new ObjectDisposedException(nameof(ThreadListener));
        }
    }

    private ThreadConnection? TryStart(Socket socket)
    {
        ThreadConnection connection;
        try
        {
            if (EndPoint is IPEndPoint)
            {
                socket.NoDelay = _services.Options.NoDelay;
            }

            connection = new ThreadConnection(socket, _memoryPool, _services, _admission.Leave);
        }
        catch (Exception exception)
        {
            socket.Dispose();
            _admission.Leave();
            if (exception is SocketException)
            {
                // Its addresses or options could not be had: the client was gone before it was accepted.
                _services.ConnectionLog.Reset(null);
            }
            else
            {
                _services.Log.ConnectionFailed(exception);
            }

            return null;
        }

        connection.Start();
        return connection;
    }

    /// <returns>False if the listener was unbound meanwhile.</returns>
    private async ValueTask<bool> WaitAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(_unbound.Token, cancellationToken);
            await Task.Delay(time, either.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
        catch (Exception)
        {
            // Not even a timer is to be had. Then without a pause, but from the back of the pool's queue.
            await Task.Yield();
            return true;
        }
    }
}
