using PipeClient.Load.Timing;

namespace PipeClient.Load.Outcome;

/// <summary>
/// Where the connections of one share write down what happens to their messages. Its lock is taken for nanoseconds: who collects
/// swaps the histograms for empty ones and adds them up outside.
/// </summary>
internal sealed class Recorder
{
    private readonly Lock _lock = new();
    private readonly bool _isOpenLoop;
    private Tally _current;
    private Tally _spare;
    private long _messages;
    private long _lastReply;

    public Recorder(bool isOpenLoop, bool hasWarmUp)
    {
        _isOpenLoop = isOpenLoop;
        _current = new Tally(isOpenLoop);
        _spare = new Tally(isOpenLoop);
        _current.Prepare(hasWarmUp);
        _spare.Prepare(hasWarmUp);
    }

    /// <summary>Whole messages since the run's start, the warm-up's too.</summary>
    public long Messages => Volatile.Read(ref _messages);

    /// <summary>When the last message that counts came back.</summary>
    public long LastReply => Volatile.Read(ref _lastReply);

    public void Connected(long nanoseconds)
    {
        lock (_lock)
        {
            _current.Measured.Connect.Record(nanoseconds);
            _current.Opened++;
        }
    }

    public void Sent(int bytes, bool measured, long clientLag)
    {
        lock (_lock)
        {
            _current.BytesSent += bytes;
            _current.MeasuredBytesSent += measured ? bytes : 0;
            if (_isOpenLoop)
            {
                _current.Of(measured).ClientLag.Record(clientLag);
            }
        }
    }

    public void Replied(in Reply reply)
    {
        lock (_lock)
        {
            var latencies = _current.Of(reply.Measured);
            latencies.FirstByte.Record(reply.FirstByte - reply.Sent);
            latencies.Message.Record(reply.LastByte - reply.Sent);
            if (_isOpenLoop)
            {
                latencies.FirstByteFromSchedule.Record(reply.FirstByte - reply.Due);
                latencies.MessageFromSchedule.Record(reply.LastByte - reply.Due);
            }

            _current.Messages++;
            _current.BytesReceived += reply.Size;
            _messages++;
            if (reply.Measured)
            {
                _current.MeasuredMessages++;
                _current.MeasuredBytesReceived += reply.Size;
                _lastReply = reply.LastByte;
            }
        }
    }

    /// <summary>What was recorded since the last call; valid until the next one. One caller at a time.</summary>
    public Tally Take()
    {
        _spare.Reset();
        lock (_lock)
        {
            (_current, _spare) = (_spare, _current);
        }

        return _spare;
    }
}

/// <summary>A message that came back, by the <see cref="Clock"/>.</summary>
internal readonly record struct Reply(long Due, long Sent, long FirstByte, long LastByte, int Size, bool Measured);
