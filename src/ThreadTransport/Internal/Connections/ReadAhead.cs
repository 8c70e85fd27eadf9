using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using ThreadTransport.Internal.Diagnostics;
using ThreadTransport.Internal.Readiness;

namespace ThreadTransport.Internal.Connections;

/// <summary>What the one who receives ahead asks and tells the connection's receiver.</summary>
internal interface IReadAheadOwner
{
    /// <summary>Bytes have come, and are about to be seen by the application.</summary>
    void OnReceived();

    /// <summary>Hands receiving back to the connection's own thread, if that may have it.</summary>
    /// <returns>Whether nothing may be received here any more.</returns>
    bool TryReturn();

    /// <summary>What the application's reads end with after a receive that ended with <paramref name="code"/>; null for a FIN.</summary>
    Exception? EndError(SocketError code);

    /// <summary>The same after an exception.</summary>
    Exception? EndError(Exception exception);

    /// <summary>Nothing will be received any more.</summary>
    void OnAheadEnded(Exception? error);
}

/// <summary>
/// Receives for a connection that is split, ahead of its application until that does not keep up. By the poller, on whose thread the
/// bytes go into the pipe, so that the connection's own thread is the only one to be woken; where there is none, by the runtime's
/// asynchronous operations. All that may wait, log or run application code is the pool's.
/// </summary>
internal sealed class ReadAhead(
    Socket socket,
    PipeWriter input,
    int batch,
    ReadinessPoller? poller,
    ConnectionContext connection,
    ConnectionLog log,
    IReadAheadOwner owner) : IReadinessTarget, IThreadPoolWorkItem
{
    private const int None = -1;

    private int _key = None;
    private bool _paused;
    private ValueTask<FlushResult> _pausedFlush;
    private bool _ended;
    private bool _isUnwanted;
    private SocketError _code;
    private Exception? _failure;

    /// <summary>The application has not kept up: nothing is received before it has. To be called before <see cref="Start"/>.</summary>
    public void Pause(ValueTask<FlushResult> flush)
    {
        _pausedFlush = flush;
        _paused = true;
    }

    /// <summary>Receives until the stream ends, or receiving is handed back. Whoever calls this has had the input to itself.</summary>
    public void Start()
    {
        if (poller is null || _paused)
        {
            GoOnElsewhere();
            return;
        }

        try
        {
            Watch(poller);
        }
        catch (Exception exception)
        {
            _failure = exception;
            GoOnElsewhere();
        }
    }

    /// <summary>The input has ended, whoever received last.</summary>
    public void Release()
    {
        if (_key != None)
        {
            poller!.Unregister(_key);
            _key = None;
        }
    }

    void IReadinessTarget.OnReady()
    {
        ReadinessPoller.Disarm(socket);
        try
        {
            if (owner.TryReturn())
            {
                return;
            }

            if (TryReceive())
            {
                Watch(poller!);
                return;
            }
        }
        catch (Exception exception)
        {
            _failure = exception;
        }

        GoOnElsewhere();
    }

    void IThreadPoolWorkItem.Execute() => _ = GoOnAsync();

    private void GoOnElsewhere() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    /// <summary>Nothing of this may be touched after it: the socket may be ready, and somebody else here.</summary>
    private void Watch(ReadinessPoller poller)
    {
        var isFirst = _key == None;
        if (isFirst)
        {
            _key = poller.Register(this);
        }

        poller.Arm(_key, socket, isFirst);
    }

    /// <returns>Whether to wait for more.</returns>
    private bool TryReceive()
    {
        var received = SocketReceive.ReceiveIfArrived(socket, input, batch, out _ended, out _code);
        if (received > 0)
        {
            // Before they can be seen: a read that is wanted after that is a new one.
            owner.OnReceived();
            var flush = input.FlushAsync();
            if (!flush.IsCompleted)
            {
                Pause(flush);
                return false;
            }

            _isUnwanted = !IsWanted(flush.GetAwaiter().GetResult());
        }

        return !_ended && !_isUnwanted;
    }

    private async Task GoOnAsync()
    {
        Exception? error = null;
        try
        {
            if (_paused)
            {
                log.Pause(connection);
                _isUnwanted = !IsWanted(await _pausedFlush);
                log.Resume(connection);
                _pausedFlush = default;
                _paused = false;
            }

            if (_failure is not null)
            {
                error = owner.EndError(_failure);
            }
            else if (_ended && !_isUnwanted)
            {
                error = owner.EndError(_code);
            }
            else if (!_isUnwanted)
            {
                if (poller is not null)
                {
                    Watch(poller);
                    return;
                }

                error = await ReceiveByRuntimeAsync();
            }
        }
        catch (Exception exception)
        {
            error = owner.EndError(exception);
        }

        owner.OnAheadEnded(error);
    }

    private async Task<Exception?> ReceiveByRuntimeAsync()
    {
        while (true)
        {
            // Waits without a block of the pool.
            await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None);
            var received = await socket.ReceiveAsync(input.GetMemory(SocketReceive.MinRoom), SocketFlags.None);
            input.Advance(received);
            if (received == 0)
            {
                return owner.EndError(SocketError.Success);
            }

            owner.OnReceived();
            var flush = input.FlushAsync();
            if (!flush.IsCompleted)
            {
                log.Pause(connection);
                var result = await flush;
                log.Resume(connection);
                if (!IsWanted(result))
                {
                    return null;
                }
            }
            else if (!IsWanted(flush.GetAwaiter().GetResult()))
            {
                return null;
            }
        }
    }

    private static bool IsWanted(FlushResult result) => !result.IsCompleted && !result.IsCanceled;
}
