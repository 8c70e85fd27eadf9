using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ThreadTransport.Internal.Connections;

/// <summary>
/// Holds back connections that are busy after a collection, where the cores have a queue, for those whose threads it has stopped. The runtime
/// lets these go through one mutex: who finds it taken sleeps again, and is woken by the one before it, each time to queue behind
/// all that run already. Any thread. Linux, where there is a futex.
/// </summary>
/// <param name="longest">For how long connections are held back at most.</param>
/// <param name="look">How often it is looked whether more have come, at least.</param>
/// <param name="collections">How many collections there have been.</param>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal sealed class CollectionHold(TimeSpan longest, TimeSpan look, Func<int> collections)
{
    /// <summary>What a yield takes where enough threads want the core to keep those from it that have been stopped.</summary>
    private static readonly TimeSpan _queue = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// How long after it was noticed a collection matters: as long as those that it stopped were seen to need to come back by themselves.
    /// </summary>
    private static readonly TimeSpan _aftermath = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan _defaultLook = TimeSpan.FromMilliseconds(1);

    /// <summary>A look is this part of what the yield took that began it: enough for several of those that waited beside it to come.</summary>
    private const int LooksPerQueue = 8;

    /// <summary>Longer looks than so many times the usual one would leave the cores idle for too long at the end.</summary>
    private const int LongestLook = 10;

    /// <summary>In which nobody has come: those that were stopped have gone through.</summary>
    private const int LooksInVain = 3;

    /// <summary>
    /// In which hardly anybody has come: connections that were not stopped, whose messages come all the time. Many, since the thread that
    /// has collected can keep those that were waiting for as long.
    /// </summary>
    private const int LooksAtEbb = 8;

    /// <summary>So many times fewer than at best is hardly anybody.</summary>
    private const int Ebb = 8;

    /// <summary>Nobody is held back afterwards for so many times the looks in vain, which cost a twentieth of the time at most then.</summary>
    private const int Rest = 20;

    [FieldOffset(0)]
    private readonly HoldGate _gate = new(longest);

    [FieldOffset(8)]
    private readonly Func<int> _collections = collections;

    [FieldOffset(16)]
    private readonly TimeSpan _look = look;

    /// <summary>The last collection that does not matter any more.</summary>
    [FieldOffset(64)]
    private int _settled = collections();

    /// <summary>A later one that has been noticed, and when. Who writes both late or twice prolongs its time a little.</summary>
    [FieldOffset(68)]
    private int _noticed;

    [FieldOffset(72)]
    private long _noticedAt;

    /// <param name="longest">For how long connections are held back at most.</param>
    public CollectionHold(TimeSpan longest)
        : this(longest, _defaultLook, static () => GC.CollectionCount(0))
    {
    }

    /// <summary>Where connections are held back.</summary>
    public HoldGate Gate => _gate;

    /// <summary>How many collections there have been.</summary>
    public int Collections => _collections();

    /// <summary>Whether there has been a collection of late, so that a thread has to tell how long its yield took.</summary>
    public bool IsAlert => _collections() != Volatile.Read(ref _settled);

    /// <summary>A thread has come back from a yield.</summary>
    /// <param name="time">How long that took.</param>
    /// <param name="collectionsBefore">What <see cref="Collections"/> was before it.</param>
    /// <returns>Whether it was held back.</returns>
    public bool OnYielded(TimeSpan time, int collectionsBefore)
    {
        if (_gate.Pass())
        {
            return true;
        }

        var collections = _collections();
        if (!Matters(collections) || time < _queue
            // The collection itself was in that time.
            || collections != collectionsBefore
            || !_gate.TryClose(out var hold))
        {
            return false;
        }

        Watch(hold, time);
        return true;
    }

    private bool Matters(int collections)
    {
        if (collections == Volatile.Read(ref _settled))
        {
            return false;
        }

        var now = Stopwatch.GetTimestamp();
        if (Volatile.Read(ref _noticed) != collections)
        {
            Volatile.Write(ref _noticedAt, now);
            Volatile.Write(ref _noticed, collections);
        }
        else if (Stopwatch.GetElapsedTime(Volatile.Read(ref _noticedAt), now) >= _aftermath)
        {
            Volatile.Write(ref _settled, collections);
            return false;
        }

        return true;
    }

    /// <summary>Waits with the others until hardly anybody comes any more, or the time is over; then it may be necessary once more.</summary>
    private void Watch(long hold, TimeSpan queue)
    {
        var look = TimeSpan.FromTicks(Math.Clamp(queue.Ticks / LooksPerQueue, _look.Ticks, _look.Ticks * LongestLook));
        var (came, collections) = (_gate.Held, _collections());
        var most = 0;
        var inVain = 0;
        var atEbb = 0;
        while (_gate.TryWaitForLook(hold, look, out _))
        {
            var (cameBefore, collectionsBefore) = (came, collections);
            (came, collections) = (_gate.Held, _collections());
            var arrivals = came - cameBefore;
            most = Math.Max(most, arrivals);

            // During a collection nobody can come, and it stops more.
            var goesOn = collections != collectionsBefore;
            inVain = arrivals > 0 || goesOn ? 0 : inVain + 1;
            atEbb = arrivals > most / Ebb || goesOn ? 0 : atEbb + 1;
            if (inVain == LooksInVain || atEbb == LooksAtEbb)
            {
                Volatile.Write(ref _settled, collections);
                _gate.LetGo(hold, look * LooksInVain * Rest);
            }
        }
    }
}
