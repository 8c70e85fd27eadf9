using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using PipeClient.Load.Links;
using PipeClient.Load.Outcome;
using PipeClient.Load.Timing;

namespace PipeClient.Load.Echoing;

/// <summary>
/// The sending side of one connection: writes the messages that may go into the pipe, and remembers when, until their replies are
/// there. Whoever makes room or gives leave sends, on its own thread. Any thread.
/// </summary>
internal sealed class MessageSender
{
    /// <summary>Where what is to go is put together, one for each thread that sends.</summary>
    [ThreadStatic]
    private static byte[]? _piece;

    private readonly Lock _lock = new();
    private readonly int _connection;
    private readonly Link _link;
    private readonly EchoContext _context;
    private readonly Recorder _recorder;
    private readonly Action _flushed;
    private ValueTaskAwaiter<FlushResult> _flush;
    private long[] _sentAt = new long[1];
    private long _allowed;
    private long _begun;
    private long _done;
    private long _firstMeasured;
    private long _roomSince;
    private int _slot;
    private int _size;
    private int _offset;
    private bool _isFlushing;
    private bool _inLoad;
    private bool _moreToCome;
    private bool _ended;

    public MessageSender(int connection, Link link, EchoContext context, Recorder recorder)
    {
        _connection = connection;
        _link = link;
        _context = context;
        _recorder = recorder;
        _flushed = OnFlushed;
    }

    /// <summary>How many messages have been begun. One that is not cannot have a reply.</summary>
    public long Begun => Volatile.Read(ref _begun);

    /// <summary>Whether the socket does not take what there is to send.</summary>
    public bool IsStuck => Volatile.Read(ref _isFlushing);

    /// <summary>Messages that were due and were not sent before the load ended.</summary>
    public long Unsent { get; private set; }

    /// <summary>Whether nothing can be sent any more although the countdown waits for it.</summary>
    public bool IsBroken
    {
        get
        {
            lock (_lock)
            {
                return _ended && _inLoad;
            }
        }
    }

    public long Unanswered => Begun - Volatile.Read(ref _done);

    /// <summary>Whole messages that came back and count.</summary>
    public long Measured => Math.Max(0, Volatile.Read(ref _done) - Volatile.Read(ref _firstMeasured));

    /// <summary>
    /// Gives leave for so many messages more. When they are all back the countdown hears of it, unless this is the warm-up.
    /// </summary>
    /// <returns>False if the connection's sending side has ended.</returns>
    public bool Allow(long messages, bool isWarmUp)
    {
        lock (_lock)
        {
            if (_ended)
            {
                return false;
            }

            _firstMeasured = isWarmUp ? long.MaxValue : _firstMeasured;
            _moreToCome = isWarmUp;
            _inLoad = true;
            AllowMore(messages);
            return true;
        }
    }

    /// <summary>Ends the warm-up: from now on messages count, and there are so many more of them.</summary>
    public void Measure(long messages)
    {
        lock (_lock)
        {
            _firstMeasured = _begun;
            _moreToCome = false;
            AllowMore(messages);
        }
    }

    /// <summary>Begins an open loop: from now on messages go as they become due, in this place of the schedule.</summary>
    public bool Open(int slot, long firstMeasured)
    {
        lock (_lock)
        {
            _slot = slot;
            _allowed = _begun;
            _firstMeasured = firstMeasured;
            _moreToCome = _inLoad = true;
            return !_ended;
        }
    }

    /// <summary>One message more is due.</summary>
    public void Due()
    {
        lock (_lock)
        {
            if (!_ended)
            {
                _allowed++;
                Send();
            }
        }
    }

    /// <summary>Begins no other message; when the last one is back the countdown hears of it.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            if (_inLoad)
            {
                Unsent = _allowed == long.MaxValue ? 0 : _allowed - _begun;
                _allowed = _begun;
                _moreToCome = false;
                TellWhenDone();
            }
        }
    }

    /// <summary>When the oldest message without its whole reply was sent; null when there is none.</summary>
    public long? OldestSent()
    {
        lock (_lock)
        {
            return _begun > _done ? _sentAt[_done & (_sentAt.Length - 1)] : null;
        }
    }

    /// <summary>A whole reply is there. Does not yet send what this makes room for.</summary>
    public Reply Done(long firstByte, long lastByte, int size)
    {
        lock (_lock)
        {
            var message = _done;
            var sent = _sentAt[message & (_sentAt.Length - 1)];
            if (_begun - message == _context.Depth)
            {
                _roomSince = lastByte;
            }

            Volatile.Write(ref _done, message + 1);
            var due = _context.Schedule is { } schedule ? schedule.DueAt(_slot, message) : sent;
            return new Reply(due, sent, firstByte, lastByte, size, message >= _firstMeasured);
        }
    }

    /// <summary>Sends what may be sent now that replies have been taken, or lets the countdown know that this was the last.</summary>
    public void GoOn()
    {
        lock (_lock)
        {
            Send();
            TellWhenDone();
        }
    }

    /// <summary>Nothing more is sent.</summary>
    /// <returns>Whether the countdown still waited for this connection. It is the caller's to tell it.</returns>
    public bool End()
    {
        lock (_lock)
        {
            var inLoad = _inLoad;
            _inLoad = false;
            _ended = true;
            return inLoad;
        }
    }

    private void AllowMore(long messages)
    {
        _allowed = messages > long.MaxValue - _begun ? long.MaxValue : _begun + messages;
        Send();
        TellWhenDone();
    }

    private void Send()
    {
        var piece = _piece?.Length == _context.Shape.PieceSize ? _piece : _piece = new byte[_context.Shape.PieceSize];
        while (!_isFlushing && !_ended && Fill(piece) is var filled and > 0)
        {
            ValueTaskAwaiter<FlushResult> flush;
            try
            {
#pragma warning disable CA2012 // Consumed once: here if it is complete, otherwise by the one callback.
                flush = _link.SendAsync(piece.AsMemory(0, filled)).GetAwaiter();
#pragma warning restore CA2012
            }
            catch (Exception)
            {
                // The link is broken: the reader finds out why.
                _ended = true;
                return;
            }

            if (flush.IsCompleted)
            {
                End(flush);
            }
            else
            {
                _flush = flush;
                _isFlushing = true;
                flush.UnsafeOnCompleted(_flushed);
            }
        }
    }

    private void OnFlushed()
    {
        lock (_lock)
        {
            _isFlushing = false;
            _roomSince = Clock.Now;
            End(_flush);
            Send();
            TellWhenDone();
        }
    }

    private void End(ValueTaskAwaiter<FlushResult> flush)
    {
        try
        {
            var result = flush.GetResult();
            _ended |= result.IsCompleted || result.IsCanceled;
        }
        catch (Exception)
        {
            // As above.
            _ended = true;
        }
    }

    /// <summary>Puts what may go into the piece, as far as there is room; returns how much that is.</summary>
    private int Fill(Span<byte> piece)
    {
        var filled = 0;
        while ((_offset < _size || TryBegin()) && filled < piece.Length)
        {
            var part = piece.Slice(filled, Math.Min(_size - _offset, piece.Length - filled));
            _context.Content.Fill(_connection, _begun - 1, _offset, part);
            _offset += part.Length;
            filled += part.Length;
        }

        return filled;
    }

    private bool TryBegin()
    {
        if (_begun == _allowed || _begun - _done >= _context.Depth)
        {
            return false;
        }

        // The warm-up's messages are none of the number that was asked for.
        if (_begun >= _firstMeasured && !_context.TryTakeTicket())
        {
            _allowed = _begun;
            _moreToCome = false;
            return false;
        }

        var now = Clock.Now;
        if (_begun - _done == _sentAt.Length)
        {
            Grow();
        }

        _sentAt[_begun & (_sentAt.Length - 1)] = now;
        _size = _context.Content.SizeOf(_connection, _begun);
        _offset = 0;
        var lag = _context.Schedule is { } schedule ? now - Math.Max(schedule.DueAt(_slot, _begun), _roomSince) : 0;
        _recorder.Sent(_size, _begun >= _firstMeasured, lag);
        Volatile.Write(ref _begun, _begun + 1);
        return true;
    }

    private void Grow()
    {
        var larger = new long[_sentAt.Length * 2];
        for (var i = _done; i < _begun; i++)
        {
            larger[i & (larger.Length - 1)] = _sentAt[i & (_sentAt.Length - 1)];
        }

        _sentAt = larger;
    }

    private void TellWhenDone()
    {
        if (_inLoad && !_moreToCome && _begun == _allowed && _done == _begun && _offset == _size)
        {
            _inLoad = false;
            _context.Round.Ok();
        }
    }
}
