using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using ThreadTransport.Internal.Diagnostics;
using ThreadTransport.Internal.Overstay;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Internal.Connections;

/// <summary>What the sender tells its connection.</summary>
internal interface ISenderOwner
{
    /// <summary>The peer does not take the output. From here on asynchronous operations are used on the socket.</summary>
    void OnOutputBlocked();

    /// <summary>The output is over: all is sent, or sending failed.</summary>
    /// <param name="reason">Null for an orderly end.</param>
    void OnOutputOver(Exception? reason);
}

/// <summary>
/// Moves bytes from the output pipe to the socket. Whoever flushes sends, without waiting, but for a flush in a turn, which may wait
/// for the next; what the socket does not take goes out asynchronously. One sender at a time: who finds another at it leaves the bytes
/// to that one. Any thread.
/// </summary>
internal sealed class Sender(
    Socket socket,
    PipeReader output,
    StaySlot slot,
    ConnectionClosing closing,
    ConnectionContext connection,
    ConnectionLog log,
    ISenderOwner owner,
    BorrowedThreads borrowed,
    OverstayTick tick) : IThreadPoolWorkItem, IBorrower
{
    private const int Free = 0;
    private const int Busy = 1;
    private const int BusyWithMore = 2;
    private const int Over = 3;

    /// <summary>What a slow peer takes in reasonable time, and large enough to keep a fast one busy.</summary>
    private const int MaxAwaitedSend = 64 * 1024;

    /// <summary>What most responses with their headers fit into. More is worth a send of its own, and the peer's attention.</summary>
    private const int MaxDeferred = 16 * 1024;

    /// <summary>
    /// How many flushes on a split connection are sent at once after the tick had to have one sent: a handler that stays after its flushes has
    /// one in so many late, and one that was only kept from the core is soon trusted again.
    /// </summary>
    private const int FlushesAtOnce = 64;

    private int _role;
    private int _sends;
    private volatile bool _isDeferred;
    private bool _isLent;
    private bool _hasPutOffInTurn;
    private volatile int _flushesAtOnce;
    private bool _hasEnded;

    private enum Outcome
    {
        /// <summary>Everything in the pipe is sent.</summary>
        Emptied,

        /// <summary>The socket took no more.</summary>
        Blocked,

        /// <summary>Nothing will be sent any more.</summary>
        Over,
    }

    /// <summary>Changes with everything that the socket takes. Any thread.</summary>
    public int Sends => Volatile.Read(ref _sends);

    /// <summary>Whether there is more to send than the socket has taken. Any thread.</summary>
    public bool IsSending => Volatile.Read(ref _role) is Busy or BusyWithMore;

    /// <summary>Whether a send is under way, or has failed or been the last one. Any thread.</summary>
    public bool IsSendingOrOver => Volatile.Read(ref _role) != Free;

    /// <summary>Sends what the pipe holds, or leaves it to whoever is sending already. Never waits.</summary>
    public void Send()
    {
        if (!TryEnter())
        {
            return;
        }

        Outcome outcome;
        do
        {
            outcome = SendArrived();
        }
        while (outcome == Outcome.Emptied && !TryLeave());

        if (outcome == Outcome.Blocked)
        {
            owner.OnOutputBlocked();

            // Not from here: the caller's execution context is not the sender's, and it shall not be held by what others append.
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>
    /// Puts off a flush until <see cref="SendDeferred"/>; the next is sent at once, with it. Only the connection's own thread calls this, in
    /// a turn, and sees to the rest when the turn is over. If that takes long the tick has somebody else do so, and after that nothing is
    /// put off for some time while the connection is split. Neither is much, nor more than one flush of a turn there.
    /// </summary>
    /// <param name="bytes">How much was flushed.</param>
    public void Defer(long bytes)
    {
        if (_isDeferred || bytes >= MaxDeferred)
        {
            _isDeferred = false;
            Send();
            return;
        }

        _isDeferred = true;
        var word = slot.Word;
        if (!StayWord.IsSplitOrEnded(word))
        {
            return;
        }

        // The tick may have looked at this turn for the last time; the change has it begin anew. Once in a turn: turns that wait for this
        // thread are the tick's as well.
        if (!_hasPutOffInTurn && !IsToBeSentAtOnce() && StayWord.Place(word) == StayWord.Running
            && slot.TryChange(word, StayWord.Next(word, StayWord.Running)))
        {
            _hasPutOffInTurn = true;
            tick.EnsureAwake();
        }
        else
        {
            SendDeferred();
        }
    }

    /// <summary>A turn on the connection's own thread is over.</summary>
    public void OnTurnOver()
    {
        _hasPutOffInTurn = false;
        SendDeferred();
    }

    /// <summary>Sends what was put off, if anything was. Any thread; never waits.</summary>
    public void SendDeferred()
    {
        // An exchange, so that the look at the pipe comes after it.
        if (_isDeferred && Interlocked.Exchange(ref _isDeferred, false))
        {
            Send();
        }
    }

    /// <summary>The tick has found the thread still in its turn, whatever it does there. Any thread; only enqueues.</summary>
    public void OnStayed()
    {
        if (_isDeferred)
        {
            _flushesAtOnce = FlushesAtOnce;
            LendDeferred();
        }
    }

    /// <summary>Has a borrowed thread send what was put off, if anything was. Any thread; only enqueues.</summary>
    public void LendDeferred()
    {
        if (_isDeferred && !Interlocked.Exchange(ref _isLent, true))
        {
            borrowed.Lend(this);
        }
    }

    void IBorrower.RunOneTurn(ConnectionThread thread) =>
        thread.RunTurn(this, new Turn(static self => ((IBorrower)self!).RunOneTurnAnywhere(), this));

    void IBorrower.RunOneTurnAnywhere()
    {
        Volatile.Write(ref _isLent, false);
        SendDeferred();
    }

    /// <summary>After a shutdown: ends the output if nobody is sending who will.</summary>
    public void EndIfIdle()
    {
        if (Interlocked.CompareExchange(ref _role, Over, Free) == Free)
        {
            End(null);
        }
    }

    void IThreadPoolWorkItem.Execute() => _ = SendRestAsync();

    private bool IsToBeSentAtOnce()
    {
        if (_flushesAtOnce == 0)
        {
            return false;
        }

        // The tick may write at this moment, and be overwritten: then one flush more is late.
        _flushesAtOnce--;
        return true;
    }

    private bool TryEnter()
    {
        while (true)
        {
            switch (Volatile.Read(ref _role))
            {
                case Free:
                    if (Interlocked.CompareExchange(ref _role, Busy, Free) == Free)
                    {
                        return true;
                    }

                    break;

                case Busy:
                    if (Interlocked.CompareExchange(ref _role, BusyWithMore, Busy) == Busy)
                    {
                        return false;
                    }

                    break;

                default:
                    return false;
            }
        }
    }

    /// <returns>False if there is more to send, and so still the role.</returns>
    private bool TryLeave()
    {
        if (Interlocked.CompareExchange(ref _role, Free, Busy) != Busy)
        {
            Volatile.Write(ref _role, Busy);
            return false;
        }

        // Whoever shut the connection down while we were sending has left its end to us.
        if (closing.IsShutDown)
        {
            EndIfIdle();
        }

        return true;
    }

    private Outcome SendArrived()
    {
        try
        {
            if (closing.IsShutDown)
            {
                return Finish(null);
            }

            if (!output.TryRead(out var read))
            {
                return Outcome.Emptied;
            }

            var error = SocketError.Success;
            var sent = read.Buffer.IsEmpty ? 0 : SocketSend.TrySend(socket, read.Buffer, out error);
            var blocked = sent < read.Buffer.Length;
            _sends += sent > 0 ? 1 : 0;
            output.AdvanceTo(read.Buffer.GetPosition(sent));
            if (error is not (SocketError.Success or SocketError.WouldBlock))
            {
                return Finish(new SocketException((int)error));
            }

            if (blocked)
            {
                return Outcome.Blocked;
            }

            // What was appended meanwhile need not be looked for here: whoever did so has found the role taken.
            return read.IsCompleted ? Finish(null) : Outcome.Emptied;
        }
        catch (Exception exception)
        {
            // The application completed the output with an exception, or closed the socket.
            return Finish(exception);
        }
    }

    /// <summary>Sends while the peer is slow: the runtime waits for room, and no thread does.</summary>
    private async Task SendRestAsync()
    {
        try
        {
            Outcome outcome;
            do
            {
                if (closing.IsShutDown || !output.TryRead(out var read))
                {
                    outcome = SendArrived();
                    continue;
                }

                // Kept until it is sent, so that an exception leaves the pipe as it was.
                var sent = 0;
                try
                {
                    // The runtime goes on until all of it is sent, and a peer that is only slow shall be seen to take some.
                    var first = read.Buffer.First;
                    sent = await socket.SendAsync(first[..Math.Min(first.Length, MaxAwaitedSend)], SocketFlags.None);
                    _sends++;
                }
                finally
                {
                    output.AdvanceTo(read.Buffer.GetPosition(sent));
                }

                outcome = SendArrived();
            }
            while (outcome == Outcome.Blocked || (outcome == Outcome.Emptied && !TryLeave()));
        }
        catch (Exception exception)
        {
            Finish(exception);
        }
    }

    /// <summary>Ends the output, in the sender's role.</summary>
    private Outcome Finish(Exception? exception)
    {
        Exception? reason = null;
        Exception? unexpected = null;
        switch (exception)
        {
            case null:
                break;

            case SocketException socketException when SocketErrors.IsReset(socketException.SocketErrorCode):
                if (!closing.IsShutDown)
                {
                    log.Reset(connection);
                }

                reason = new ConnectionResetException(socketException.Message, socketException);
                break;

            case SocketException socketException when SocketErrors.IsAbort(socketException.SocketErrorCode):
            case ObjectDisposedException:
                reason = exception;
                break;

            default:
                if (!closing.IsShutDown)
                {
                    unexpected = exception;
                    log.Error(connection, exception);
                }

                reason = exception;
                break;
        }

        Volatile.Write(ref _role, Over);
        try
        {
            owner.OnOutputOver(reason);
        }
        finally
        {
            // Whatever an application has left behind for this thread, an interrupt say: nobody else ends the output now.
            End(unexpected);
        }

        return Outcome.Over;
    }

    private void End(Exception? unexpected)
    {
        try
        {
            // The writer's next flush says that the output is over, or fails with what was not expected.
            output.Complete(unexpected);
        }
        finally
        {
            // Once only: what an interrupt has cut short is done again, and the receiver may still be inside the socket.
            if (!_hasEnded)
            {
                _hasEnded = true;
                closing.OnOutputEnded();
            }
        }
    }
}
