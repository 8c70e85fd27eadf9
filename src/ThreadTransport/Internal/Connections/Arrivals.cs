namespace ThreadTransport.Internal.Connections;

/// <summary>Whether threads still come back that a collection has stopped, by how many come. Of one thread, the one that looks.</summary>
/// <param name="came">How many had come before the first look.</param>
internal struct Arrivals(int came)
{
    /// <summary>In which nobody has come: those that were stopped have gone through, or have not begun to come.</summary>
    private const int LooksInVain = 3;

    /// <summary>
    /// In which hardly anybody has come: connections that were not stopped, whose messages come all the time. Many, since the thread that
    /// has collected can keep those that were waiting for as long.
    /// </summary>
    private const int LooksAtEbb = 8;

    /// <summary>So many times fewer than at best is hardly anybody.</summary>
    private const int Ebb = 16;

    private int _came = came;
    private double _most;
    private int _inVain;
    private int _atEbb;
    private TimeSpan _timeInVain;
    private TimeSpan _timeAtEbb;

    /// <summary>Whether some have come, and nobody does any more.</summary>
    public readonly bool HaveStopped => _inVain == LooksInVain && _most > 0;

    /// <summary>Zero while they come; then for how long nobody has come, or hardly anybody.</summary>
    public readonly TimeSpan TimeAtEnd =>
        _inVain == LooksInVain ? _timeInVain : _atEbb == LooksAtEbb ? _timeAtEbb : TimeSpan.Zero;

    /// <summary>Whether a look would find hardly anybody, or nobody.</summary>
    /// <param name="came">How many have come, ever.</param>
    /// <param name="time">Since the last look.</param>
    public readonly bool AreFew(int came, TimeSpan time) => Rate(came, time) <= _most / Ebb;

    /// <summary>A look.</summary>
    /// <param name="came">How many have come, ever.</param>
    /// <param name="time">Since the last look: several times as long while the one that looks has a queue before it, like those that come.</param>
    /// <param name="goesOn">Whether there was another collection: then nobody could come, and it has stopped more.</param>
    /// <param name="othersRan">Whether the core had others to run before: then those that come may be among them, or behind them.</param>
    public void Look(int came, TimeSpan time, bool goesOn, bool othersRan)
    {
        var rate = Rate(came, time);
        _came = came;
        _most = Math.Max(_most, rate);
        (_inVain, _timeInVain) = rate > 0 || goesOn || othersRan ? default : (_inVain + 1, _timeInVain + time);
        (_atEbb, _timeAtEbb) = rate > _most / Ebb || goesOn ? default : (_atEbb + 1, _timeAtEbb + time);
    }

    private readonly double Rate(int came, TimeSpan time) => (came - _came) / time.TotalMilliseconds;
}
