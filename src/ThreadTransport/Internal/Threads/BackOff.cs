namespace ThreadTransport.Internal.Threads;

/// <summary>
/// How long to leave alone what has just failed: a tenth of a second, twice as long after each failure that follows such a pause, and
/// at most a second. Any thread.
/// </summary>
internal sealed class BackOff(TimeProvider? clock = null)
{
    /// <summary>Long enough not to spin, short enough not to be noticed.</summary>
    public static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);

    /// <summary>So soon it is found out that there is room again.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private TimeSpan _pause;
    private long _failedAt;

    /// <summary>What is left of the pause.</summary>
    public TimeSpan Remaining
    {
        get
        {
            lock (_lock)
            {
                var left = _pause == TimeSpan.Zero ? _pause : _pause - _clock.GetElapsedTime(_failedAt);
                return left > TimeSpan.Zero ? left : TimeSpan.Zero;
            }
        }
    }

    /// <summary>Failures in the pause, which were under way before it, do not make it longer.</summary>
    public void OnFailed()
    {
        lock (_lock)
        {
            if (_pause == TimeSpan.Zero || _clock.GetElapsedTime(_failedAt) >= _pause)
            {
                _pause = TimeSpan.FromTicks(Math.Clamp(_pause.Ticks * 2, First.Ticks, Longest.Ticks));
                _failedAt = _clock.GetTimestamp();
            }
        }
    }

    public void OnSucceeded()
    {
        lock (_lock)
        {
            _pause = TimeSpan.Zero;
        }
    }
}
