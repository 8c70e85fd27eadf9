using System.IO.Pipelines;
using PipeClient.Load.Links;
using PipeClient.Load.Messages;
using PipeClient.Load.Outcome;
using PipeClient.Load.Timing;

namespace PipeClient.Load.Echoing;

/// <summary>
/// One open connection. Its loop reads from the start to the end, on the thread that brings the bytes, compares them, and has the
/// sender go on. The first cause of a failure is the one that counts. Nothing it does throws.
/// </summary>
internal sealed class EchoConnection
{
    private readonly EchoContext _context;
    private readonly Link _link;
    private readonly MessageSender _sender;
    private readonly Recorder _recorder;
    private readonly int _index;
    private readonly int _target;
    private Failure? _abortedFor;
    private bool _aborted;
    private bool _finishing;
    private bool _failed;
    private Failure? _end;
    private long _message;
    private long _firstByteAt;
    private int _size;
    private int _received;
    private bool _everReceived;

    public EchoConnection(Link link, int index, int target, EchoContext context)
    {
        _context = context;
        _link = link;
        _index = index;
        _target = target;
        _recorder = context.RecorderOf(index, target);
        _sender = new MessageSender(index, link, context, _recorder);
        context.Connections.Opened();
    }

    /// <summary>Whether the connection can take part in another round.</summary>
    public bool IsAlive => !Volatile.Read(ref _failed);

    public int Target => _target;

    /// <summary>Ends when the connection is closed.</summary>
    public Task Closed { get; private set; } = Task.CompletedTask;

    public MessageSender Sender => _sender;

    public void Start() => Closed = RunAsync();

    /// <summary>
    /// Gives leave for so many messages more; a server that has left in the meantime is found here. The countdown hears of it once.
    /// </summary>
    public void Allow(long messages, bool isWarmUp)
    {
        if (!_sender.Allow(messages, isWarmUp))
        {
            FailLate();
        }
    }

    /// <summary>Begins an open loop.</summary>
    public void Open(int slot, long firstMeasured)
    {
        if (!_sender.Open(slot, firstMeasured))
        {
            FailLate();
        }
    }

    /// <summary>Ends the connection if its server has ended its side. For connections that are only held.</summary>
    public void CheckHeld()
    {
        if (Volatile.Read(ref _end) is { } end)
        {
            Blame(end);
        }
    }

    /// <summary>Ends the connection at once; the failure is null when nobody is to blame.</summary>
    public void Abort(Failure? failure)
    {
        Interlocked.CompareExchange(ref _abortedFor, failure, null);
        Volatile.Write(ref _aborted, true);
        CancelPending();
    }

    /// <summary>Ends a connection that has waited too long for a reply.</summary>
    public void AbortAsTimedOut() => Abort(
        !Volatile.Read(ref _everReceived)
            ? _sender.IsStuck ? Failure.NeverRead() : Failure.NeverReplied(Size())
            : Failure.EchoTimedOut(Volatile.Read(ref _received), Size()));

    /// <summary>Ends our side; the server is expected to end its own.</summary>
    public void Finish()
    {
        Volatile.Write(ref _finishing, true);
        _sender.End();
        _ = _link.EndOutputAsync();
    }

    /// <summary>Stops waiting for the server's end.</summary>
    public void CancelPending()
    {
        _link.CancelPending();
    }

    private async Task RunAsync()
    {
        Failure? failure = null;
        var ended = false;
        try
        {
            while (failure is null && !ended)
            {
                var read = await _link.Input.ReadAsync();
                failure = Take(read, out ended);
            }
        }
        catch (Exception e)
        {
            failure = End(Failure.OfEcho(e));
        }

        if (Volatile.Read(ref _aborted))
        {
            failure = Volatile.Read(ref _abortedFor);
        }

        var wasAwaited = _sender.End();
        if (failure is null && wasAwaited && !Volatile.Read(ref _aborted))
        {
            failure = _end;
        }

        if (failure is not null)
        {
            Blame(failure);
        }
        else if (Volatile.Read(ref _aborted))
        {
            Volatile.Write(ref _failed, true);
        }

        _link.Dispose();
        _context.Connections.Closed();
        if (wasAwaited)
        {
            _context.Round.Failed();
        }
    }

    private Failure? Take(in ReadResult read, out bool ended)
    {
        var buffer = read.Buffer;
        var before = _message;
        Failure? failure = null;
        ended = read.IsCompleted || read.IsCanceled;
        if (!buffer.IsEmpty)
        {
            var now = Clock.Now;
            foreach (var segment in buffer)
            {
                failure ??= Take(segment.Span, now);
            }
        }

        _link.Input.AdvanceTo(buffer.End);
        if (failure is not null)
        {
            return failure;
        }

        if (_message > before)
        {
            _sender.GoOn();
        }

        return ended && !read.IsCanceled
            ? End(PeerEnd.WasReset(_link.Socket) ? new Failure(FailureReason.Reset) : Failure.ClosedEarly(_received, Size()))
            : null;
    }

    private Failure? Take(ReadOnlySpan<byte> bytes, long now)
    {
        while (!bytes.IsEmpty)
        {
            if (_received == 0)
            {
                if (_message == _sender.Begun)
                {
                    return _context.Verify == Verification.None ? null : Failure.ExtraBytes(_message, bytes[0]);
                }

                Volatile.Write(ref _everReceived, true);
                _firstByteAt = now;
                _size = _context.Content.SizeOf(_index, _message);
            }

            var piece = bytes[..Math.Min(bytes.Length, _size - _received)];
            if (_context.Verify == Verification.Full
                && _context.Content.CountSame(_index, _message, _received, piece) is var same && same < piece.Length)
            {
                return Failure.WrongEcho(Mismatch(same, piece[same]), _message);
            }

            bytes = bytes[piece.Length..];
            if (_received + piece.Length < _size)
            {
                Volatile.Write(ref _received, _received + piece.Length);
            }
            else
            {
                Volatile.Write(ref _received, 0);
                _message++;
                _recorder.Replied(_sender.Done(_firstByteAt, now, _size));
            }
        }

        return null;
    }

    private EchoMismatch Mismatch(int same, byte actual)
    {
        Span<byte> expected = [0];
        _context.Content.Fill(_index, _message, _received + same, expected);
        return new EchoMismatch(_received + same, expected[0], actual);
    }

    /// <summary>
    /// The server has ended the connection. Between messages that wrongs nobody yet: if another was to come, or the connection was to
    /// be held, that is where it is blamed. After our own end it is the server's own affair.
    /// </summary>
    private Failure? End(Failure failure)
    {
        if (Volatile.Read(ref _finishing))
        {
            return null;
        }

        Volatile.Write(ref _end, failure);
        return _sender.Unanswered > 0 ? failure : null;
    }

    private int Size() => _context.Content.SizeOf(_index, Volatile.Read(ref _message));

    private void FailLate()
    {
        if (IsAlive)
        {
            Blame(Volatile.Read(ref _end) ?? Failure.ClosedEarly(0, Size()));
        }

        _context.Round.Failed();
    }

    private void Blame(Failure failure)
    {
        if (!Interlocked.Exchange(ref _failed, true))
        {
            _context.Fail(failure, _target);
        }
    }
}
