using System.Diagnostics;
using System.Runtime.InteropServices;
using ThreadTransport.Internal.Native;

namespace ThreadTransport.Internal.Connections;

/// <summary>
/// Holds back connections that are busy after a collection, where the cores have a queue, for those whose threads it has stopped. The runtime
/// lets these go through one mutex: who finds it taken sleeps again, and is woken by the one before it, each time to queue behind
/// all that run already. Any thread. Linux, where there is a futex.
/// </summary>
/// <param name="longest">For how long connections are held back at most.</param>
/// <param name="look">How often it is looked whether more have come, at least.</param>
/// <param name="collections">How many collections there have been.</param>
/// <param name="yield">Lets others run.</param>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal sealed class CollectionHold(TimeSpan longest, TimeSpan look, Func<int> collections, Func<TimeSpan> yield)
{
    /// <summary>What a yield takes where enough threads want the core to keep those from it that have been stopped.</summary>
    private static readonly TimeSpan _queue = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// How long after it was noticed a collection matters: long enough for a second hold, and a third, where the first has ended with its time and all
    /// have had as long a rest.
    /// </summary>
    private static readonly TimeSpan _aftermath = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan _defaultLook = TimeSpan.FromMilliseconds(1);

    /// <summary>A yield that takes as long was no mere system call.</summary>
    private static readonly TimeSpan _longYield = TimeSpan.FromMilliseconds(0.1);

    /// <summary>A look is this part of what the yield took that began it: enough for several of those that waited beside it to come.</summary>
    private const int LooksPerQueue = 8;

    /// <summary>Longer looks than so many times the usual one would leave the cores idle for too long at the end.</summary>
    private const int LongestLook = 10;

    /// <summary>
    /// Nobody is held back afterwards for so many times as long as hardly anybody came at its end, when the cores may have been idle: a twentieth of
    /// the time at most.
    /// </summary>
    private const int Rest = 20;

    [FieldOffset(0)]
    private readonly HoldGate _gate = new(longest);

    [FieldOffset(8)]
    private readonly Func<int> _collections = collections;

    [FieldOffset(16)]
    private readonly TimeSpan _look = look;

    [FieldOffset(24)]
    private readonly Func<TimeSpan> _yield = yield;

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
        : this(longest, _defaultLook, static () => GC.CollectionCount(0), Libc.TimedYield)
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

        // Before it is closed: all that come from then on count.
        var arrivals = new Arrivals(_gate.Held);
        var collections = _collections();
        if (!Matters(collections) || time < _queue
            // The collection itself was in that time.
            || collections != collectionsBefore
            || !_gate.TryClose(out var hold))
        {
            return false;
        }

        Watch(hold, time, arrivals);
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

    /// <summary>
    /// Waits with the others until hardly anybody comes any more, or the time is over. Unless they have stopped coming, it may be necessary once
    /// more: where nobody has come yet, or those that come may have been stopped or not.
    /// </summary>
    private void Watch(long hold, TimeSpan queue, Arrivals arrivals)
    {
        var look = TimeSpan.FromTicks(Math.Clamp(queue.Ticks / LooksPerQueue, _look.Ticks, _look.Ticks * LongestLook));
        var collections = _collections();
        var began = Stopwatch.GetTimestamp();
        while (_gate.TryWaitForLook(hold, look, out _))
        {
            // Those who come may have a queue before them, as all that were stopped look for the mutex first, and who looks is ahead of it.
            var othersRan = arrivals.AreFew(_gate.Held, Stopwatch.GetElapsedTime(began)) && _yield() >= _longYield;
            var collectionsBefore = collections;
            collections = _collections();
            var next = Stopwatch.GetTimestamp();
            var came = _gate.Held;

            // To after the count, from before the last one: never shorter than the time in which those have come.
            arrivals.Look(came, Stopwatch.GetElapsedTime(began), goesOn: collections != collectionsBefore, othersRan);
            began = next;
            if (arrivals.HaveStopped)
            {
                Volatile.Write(ref _settled, collections);
            }

            if (arrivals.TimeAtEnd > TimeSpan.Zero)
            {
                _gate.LetGo(hold, arrivals.TimeAtEnd * Rest);
            }
        }
    }
}
