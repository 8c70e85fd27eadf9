namespace ThreadTransport.Internal.Diagnostics;

/// <summary>
/// Lets through the first of many like events, and then one per interval with the number of those it held back. Any thread.
/// </summary>
internal sealed class LogThrottle(TimeSpan interval, TimeProvider? clock = null)
{
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private long? _passedAt;
    private int _heldBack;

    /// <param name="heldBack">How many were held back since the last that passed.</param>
    /// <returns>Whether this event is to be logged.</returns>
    public bool TryPass(out int heldBack)
    {
        lock (_lock)
        {
            heldBack = _heldBack;
            if (_passedAt is { } passedAt && _clock.GetElapsedTime(passedAt) < interval)
            {
                _heldBack++;
                return false;
            }

            _passedAt = _clock.GetTimestamp();
            _heldBack = 0;
            return true;
        }
    }
}
