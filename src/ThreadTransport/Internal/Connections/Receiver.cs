using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using ThreadTransport.Internal.Diagnostics;
using ThreadTransport.Internal.Native;
using ThreadTransport.Internal.Overstay;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Internal.Connections;

/// <summary>What the receiver asks its connection.</summary>
internal interface IReceiverOwner
{
    /// <summary>Whether a send is under way, or has failed.</summary>
    bool IsSendingOrOver { get; }
}

/// <summary>
/// Moves bytes from the socket to the input pipe: while the connection is direct, its own thread by blocking calls, one for each
/// demand; while it is split, <see cref="ReadAhead"/>. The stay word says which of them may; it is one at a time.
/// </summary>
internal sealed class Receiver(
    Socket socket,
    PipeWriter input,
    StaySlot slot,
    TurnScheduler turns,
    ConnectionClosing closing,
    ConnectionContext connection,
    IReceiverOwner owner,
    ConnectionLog log,
    TransportServices services) : IReadAheadOwner
{
    /// <summary>How much is received at most before the application gets to see it, or has to make room.</summary>
    private const int MaxBatch = 64 * 1024;

    /// <summary>
    /// How many receives in a row must find the application quick before a split connection returns to its own thread. Doubled each time
    /// it does not stay there for <see cref="LongReturn"/> receives: a change costs about as much as a few messages.
    /// </summary>
    private const int FirstQuickReceipts = 8;

    /// <summary>
    /// The same for an application that has blocked on a read of its own: one that reads synchronously does so again, and each time it
    /// would take the tick's milliseconds until somebody else receives what it waits for.
    /// </summary>
    private const int FirstQuickReceiptsOfBlockers = 1 << 12;

    private const int MostQuickReceipts = 1 << 20;

    private const int LongReturn = 64;

    private readonly int _batch = (int)Math.Min(services.Options.MaxReadBufferSize is > 0 and var max ? max : MaxBatch, MaxBatch);
    private readonly YieldPace? _pace = services.YieldPace;
    private ReceiveSpin _spin = new(services.SpinLimit);
    private bool _yielded;
    private bool _hasAskedForSlice;
    private volatile bool _demand;
    private bool _hadDemand;
    private int _receipts;
    private volatile bool _ended;
    private bool _reachedEnd;
    private bool _bulk;
    private ReadAhead? _ahead;
    private volatile int _quickReceipts;
    private int _quickReceiptsToReturn = FirstQuickReceipts / 2;
    private int _receiptsAtReturn;
    private volatile bool _isSplitForGood;
    private volatile bool _blocksOnReads;

    /// <summary>
    /// Whether the application waits for a read. Stays set for one receive too many after a cancelled read; that reads ahead.
    /// </summary>
    public bool HasDemand => _demand;

    /// <summary>Whether the application has ever waited for a read.</summary>
    public bool HadDemand => _hadDemand;

    /// <summary>Changes with everything that is received. Any thread.</summary>
    public int Receipts => Volatile.Read(ref _receipts);

    /// <summary>The application waits for a read. Any thread.</summary>
    public void Demand()
    {
        _hadDemand = true;
        _demand = true;
        if (turns.IsOwn)
        {
            // It comes by here itself before it parks.
            return;
        }

        // The demand first, then the look at where the thread is; the thread does it the other way round.
        Interlocked.MemoryBarrier();
        if (!StayWord.IsSplitOrEnded(slot.Word))
        {
            turns.Summon();
        }
    }

    /// <summary>
    /// Takes the receiving upon the connection's own thread, which alone calls this, and receives what is there already of a bulk stream.
    /// </summary>
    /// <param name="word">The stay word as it was when the thread found nothing else to do.</param>
    /// <param name="descriptor">What to receive from.</param>
    /// <param name="wait">Whether to wait for the next message. If not, it mostly is there; <see cref="OnNothingThere"/> if it is not.</param>
    /// <returns>Whether the thread has to receive and then call <see cref="Finish"/>. The socket's handle is held until then.</returns>
    public bool TryStart(int word, out int descriptor, out bool wait)
    {
        descriptor = -1;
        wait = true;
        if (!slot.TryChange(word, StayWord.Next(word, StayWord.Receiving)))
        {
            return false;
        }

        turns.Record();
        Exception? error = null;
        int bits;
        try
        {
            if (closing.IsShutDown)
            {
                bits = StayWord.InputEnded;
            }
            else if (!TryReceiveBulk(out bits, out error))
            {
                if (_pace is not null && YieldPace.IsBusy(_receipts))
                {
                    if (!_hasAskedForSlice)
                    {
                        _hasAskedForSlice = true;
                        _pace.Slice.Ask();
                    }

                    if (_pace.ShouldYield(_receipts))
                    {
                        // Here, where the word says that the thread receives, so that nobody takes its turn in the queue for an overstay.
                        _pace.Yield();
                        _yielded = true;
                    }
                }

                if (!closing.IsShutDown)
                {
                    // After the yield: who closes the socket waits until nobody holds it.
                    descriptor = HoldSocket();
                    wait = !_yielded && !_spin.Pays(_receipts);
                    return true;
                }

                bits = StayWord.InputEnded;
            }
        }
        catch (Exception exception)
        {
            error = Unexpected(exception);
            bits = StayWord.InputEnded;
        }

        Leave(bits, error);
        return false;
    }

    /// <summary>There was nothing to receive without waiting for it. Only the connection's own thread calls this.</summary>
    /// <returns>Whether to wait; to look again otherwise.</returns>
    public bool OnNothingThere()
    {
        if (_yielded)
        {
            _yielded = false;
            _pace!.OnMissed();
        }

        if (!_spin.Pays(_receipts) || !_spin.OnNothingFound(Stopwatch.GetTimestamp()))
        {
            return true;
        }

        Libc.Yield();
        return false;
    }

    /// <summary>Ends what <see cref="TryStart"/> began. Only the connection's own thread calls this.</summary>
    /// <param name="buffer">What there was room for.</param>
    /// <param name="received">How many bytes have come; 0 at the end of the stream.</param>
    /// <param name="errno">What the system has said instead, or 0.</param>
    public void Finish(Span<byte> buffer, int received, int errno)
    {
        Exception? error;
        int bits;
        try
        {
            _spin.OnFound();
            socket.SafeHandle.DangerousRelease();
            if (_yielded)
            {
                _yielded = false;
                _pace!.OnFound();
            }

            bits = Take(buffer, received, errno, out error);
        }
        catch (Exception exception)
        {
            // The pool is gone, or the application closed the socket.
            error = Unexpected(exception);
            bits = StayWord.InputEnded;
        }

        Leave(bits, error);
    }

    /// <summary>The own thread stays in application code. Only the tick calls this.</summary>
    /// <param name="isBlocked">Whether it waits there, rather than computes.</param>
    public void OnStayed(bool isBlocked)
    {
        _quickReceipts = 0;
        _blocksOnReads |= isBlocked && _demand;
    }

    /// <summary>Has the input received ahead from here on, for good. Any thread.</summary>
    public void Split(string cause)
    {
        // Before the look at the word; who hands receiving back does it the other way round.
        _isSplitForGood = true;
        Interlocked.MemoryBarrier();
        int word;
        do
        {
            word = slot.Word;
        }
        while (!_ended && !StayWord.IsSplitOrEnded(word) && !TrySplit(word, cause));
    }

    /// <summary>The same, if the stay word is still <paramref name="word"/>.</summary>
    public bool TrySplit(int word, string cause)
    {
        if (!slot.TryChange(word, StayWord.Next(word, StayWord.Place(word), StayWord.Split)))
        {
            return false;
        }

        NoteSplit(cause);
        if (StayWord.Place(word) != StayWord.Receiving)
        {
            StartAhead();
        }

        return true;
    }

    /// <summary>After a shutdown: ends the input if nobody is in a receive who will. Any thread.</summary>
    public void EndIfIdle()
    {
        while (true)
        {
            var word = slot.Word;

            // Looked at after the word: once the input has ended, the word may be another connection's.
            if (_ended || StayWord.IsSplitOrEnded(word) || StayWord.Place(word) == StayWord.Receiving)
            {
                return;
            }

            if (slot.TryChange(word, StayWord.Next(word, StayWord.Place(word), StayWord.InputEnded)))
            {
                Complete(closing.Reason);
                return;
            }
        }
    }

    void IReadAheadOwner.OnReceived()
    {
        _demand = false;
        _receipts++;
    }

    bool IReadAheadOwner.TryReturn()
    {
        if (++_quickReceipts < _quickReceiptsToReturn || _isSplitForGood)
        {
            return false;
        }

        // Not while the application waits for something else: its thread would be split at once.
        var word = slot.Word;
        _receiptsAtReturn = _receipts;
        if (StayWord.Place(word) is not (StayWord.Running or StayWord.Parked)
            || (StayWord.Place(word) == StayWord.Parked && !_demand)
            || !slot.TryChange(word, StayWord.NextDirect(word)))
        {
            return false;
        }

        // Each of these has looked at the word after it changed what is looked at here.
        if (_isSplitForGood)
        {
            Split("its peer does not take the output");
        }

        if (closing.IsShutDown)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static receiver => receiver.EndIfIdle(), this, preferLocal: false);
        }

        if (_demand)
        {
            turns.Summon();
        }

        services.Tick.EnsureAwake();
        services.Metrics.Rejoined();
        services.Log.ConnectionRejoined(connection);
        return true;
    }

    Exception? IReadAheadOwner.EndError(SocketError code) => EndError(code);

    Exception? IReadAheadOwner.EndError(Exception exception) =>
        exception is SocketException socketException ? EndError(socketException.SocketErrorCode, socketException) : Unexpected(exception);

    void IReadAheadOwner.OnAheadEnded(Exception? error)
    {
        int word;
        do
        {
            word = slot.Word;
        }
        while (!slot.TryChange(word, StayWord.Next(word, StayWord.Place(word), StayWord.InputEnded)));
        Complete(error);
    }

    /// <summary>Receives what has arrived if the last receive was a large one: straight into the pipe, then, and without waiting.</summary>
    /// <param name="bits">The bits that the stay word gets when the thread leaves.</param>
    /// <param name="error">What the application's reads end with.</param>
    /// <returns>Whether there was anything.</returns>
    private bool TryReceiveBulk(out int bits, out Exception? error)
    {
        // Before the bytes are in the pipe: a demand that comes after them is a new one and must stay.
        _demand = false;
        bits = 0;
        error = null;
        if (!_bulk || socket.Available == 0)
        {
            return false;
        }

        var total = SocketReceive.ReceiveArrived(socket, input, _batch, out var ended, out var code);
        if (total == 0 && !ended)
        {
            return false;
        }

        bits = OnReceived(total, ended, code, out error);
        return true;
    }

    private int HoldSocket()
    {
        var held = false;
        socket.SafeHandle.DangerousAddRef(ref held);
        return (int)socket.SafeHandle.DangerousGetHandle();
    }

    private int Take(Span<byte> buffer, int received, int errno, out Exception? error)
    {
        var code = SocketError.Success;
        if (errno == Errno.TryAgain)
        {
            // The runtime knows what the application has done to the socket: whether it shall wait all the same, and for how long.
            received = socket.Receive(buffer, SocketFlags.None, out code);
            if (code is SocketError.WouldBlock or SocketError.TimedOut && IsNotBlocking())
            {
                error = null;
                _isSplitForGood = true;
                NoteSplit("the application has changed how its socket waits");
                return StayWord.Split;
            }
        }
        else if (errno != 0)
        {
            code = Errno.ToSocketError(errno);
        }

        var ended = received <= 0 || code != SocketError.Success;
        if (!ended)
        {
            input.Write(buffer[..received]);
            if (received == buffer.Length)
            {
                received += SocketReceive.ReceiveArrived(socket, input, _batch - received, out ended, out code);
            }
        }

        return OnReceived(received, ended, code, out error);
    }

    /// <returns>The bits that the stay word gets when the thread leaves.</returns>
    private int OnReceived(int total, bool ended, SocketError code, out Exception? error)
    {
        _bulk = total > SocketReceive.MinRoom;
        _receipts++;
        error = ended ? EndError(code) : null;
        return ended ? StayWord.InputEnded : Flush();
    }

    /// <summary>
    /// Whether the application has changed the socket's mode or time-out through the connection's socket feature. Neither means
    /// anything to asynchronous operations, and so neither may end the connection.
    /// </summary>
    private bool IsNotBlocking() => !socket.Blocking || socket.ReceiveTimeout > 0;

    private int Flush()
    {
        var flush = input.FlushAsync();
        if (!flush.IsCompleted)
        {
            // The application does not keep up. Waiting for it is no thread's work.
            Ahead.Pause(flush);
            NoteSplit("the application does not keep up with its input");
            return StayWord.Split;
        }

        var result = flush.GetAwaiter().GetResult();
        return result.IsCompleted || result.IsCanceled ? StayWord.InputEnded : 0;
    }

    /// <summary>The own thread is out of its receive.</summary>
    private void Leave(int bits, Exception? error)
    {
        int word, next;
        do
        {
            word = slot.Word;
            next = StayWord.Next(word, StayWord.Running, bits);
        }
        while (!slot.TryChange(word, next));

        if (StayWord.Has(bits, StayWord.InputEnded))
        {
            ConnectionThread.DropInterrupt();
            Complete(error);
        }
        else if (StayWord.Has(next, StayWord.Split))
        {
            // Asked for by somebody else meanwhile, or just now.
            StartAhead();
        }
        else if (closing.IsShutDown)
        {
            // Whoever shut the connection down may have found the thread still in its receive, and left the end to it.
            ConnectionThread.DropInterrupt();
            EndIfIdle();
        }
    }

    private void NoteSplit(string cause)
    {
        services.Metrics.Split();
        services.Log.ConnectionSplit(connection, cause);
    }

    private ReadAhead Ahead => _ahead ??= new ReadAhead(socket, input, _batch, services.Poller, connection, log, this);

    /// <summary>By whoever made the connection split, or had received when somebody else did.</summary>
    private void StartAhead()
    {
        _quickReceipts = 0;
        var first = _blocksOnReads ? FirstQuickReceiptsOfBlockers : FirstQuickReceipts;
        _quickReceiptsToReturn = _receipts - _receiptsAtReturn >= LongReturn
            ? first
            : Math.Clamp(_quickReceiptsToReturn * 2, first, MostQuickReceipts);
        Ahead.Start();
    }

    /// <summary>What the application's reads end with after the socket's <paramref name="code"/>; null for a FIN.</summary>
    private Exception? EndError(SocketError code, SocketException? exception = null)
    {
        if (closing.IsShutDown)
        {
            return closing.Reason;
        }

        if (code == SocketError.Success && owner.IsSendingOrOver && SocketReceive.IsClosed(socket))
        {
            // The kernel tells of a reset once. A send has been told, and what it leaves for the receive looks like a FIN; but a
            // stream that was cut is not to be taken for a whole one. Unless this side has cut it, since the look above.
            if (closing.IsShutDown)
            {
                return closing.Reason;
            }

            code = SocketError.ConnectionReset;
        }

        if (code == SocketError.Success)
        {
            log.ReadFin(connection);
            _reachedEnd = true;
            return null;
        }

        exception ??= new SocketException((int)code);
        if (SocketErrors.IsReset(code))
        {
            log.Reset(connection);
            return new ConnectionResetException(exception.Message, exception);
        }

        return Unexpected(exception);
    }

    private Exception Unexpected(Exception exception)
    {
        if (closing.Reason is { } reason)
        {
            return reason;
        }

        log.Error(connection, exception);
        return exception;
    }

    private void Complete(Exception? error)
    {
        _ended = true;
        _ahead?.Release();

        // A shutdown that came meanwhile is the cause that the application shall see.
        input.Complete(closing.Reason ?? error);
        closing.OnInputEnded(_reachedEnd);
    }
}
