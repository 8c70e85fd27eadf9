namespace ThreadTransport.Internal.Connections;

/// <summary>
/// One connection's looking for its next message for a while before its thread sleeps. A core with nothing to do falls asleep, and to
/// wake it can take longer than everything else about a message. While the next one mostly comes in that while, and hardly ever
/// otherwise. Only the connection's own thread is in here.
/// </summary>
/// <param name="limit">Null where threads sleep at once.</param>
internal struct ReceiveSpin(SpinLimit? limit)
{
    /// <summary>Often enough to notice that it pays again, and seldom enough that it costs little while it does not.</summary>
    private const int ReceiptsToProbe = 16;

    /// <summary>Before a connection's fourth receive: most of those that are short have none.</summary>
    private const int FirstProbe = 3;

    /// <summary>How far found and missed messages may outweigh each other: what was usual is forgotten after as many.</summary>
    private const int MaxScore = 8;

    private long _began;
    private long _looked;
    private int _score;
    private bool _isInside;

    /// <summary>Whether the thread should look before it sleeps, or is about it.</summary>
    /// <param name="receipts">How many messages the connection has received.</param>
    public readonly bool Pays(int receipts) =>
        limit is not null && (_score > 0 || (uint)receipts % ReceiptsToProbe == FirstProbe || _began != 0);

    /// <summary>A look has found nothing, and another one pays.</summary>
    /// <param name="now">By the stopwatch.</param>
    /// <returns>Whether to let others run and look again. It is over otherwise.</returns>
    public bool OnNothingFound(long now)
    {
        if (_began == 0)
        {
            _began = now;
        }
        else if (now - _began >= limit!.Length || now - _looked > limit.LongestLook || !TryEnter())
        {
            // Whoever shares the core with others had better sleep: to the scheduler each yield gives up the rest of a slice.
            Leave();
            _score = Math.Max(_score - 1, -MaxScore);
            return false;
        }

        _looked = now;
        return true;
    }

    /// <summary>The next message is there, the stream has ended, or the thread goes on for another reason.</summary>
    public void OnFound()
    {
        if (_began != 0)
        {
            Leave();
            _score = Math.Min(_score + 1, MaxScore);
        }
    }

    /// <summary>After the first yield, for which others may have had the core for long.</summary>
    private bool TryEnter() => _isInside || (_isInside = limit!.TryEnter());

    private void Leave()
    {
        _began = 0;
        if (_isInside)
        {
            _isInside = false;
            limit!.Leave();
        }
    }
}
