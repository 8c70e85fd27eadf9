using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ThreadTransport.Internal.Native;

namespace ThreadTransport.Internal.Connections;

/// <summary>
/// Holds back connections that are busy, where the cores have a queue, while others are worse off: those that have not begun, and those
/// that a collection has stopped. Apart from what else is written, because all threads read it. Any thread. Linux, where there is a futex.
/// </summary>
/// <remarks>
/// Who is held back waits before its next receive, where nothing of the application's runs.
/// <para>
/// For new connections because the scheduler gives every thread the same share, so that those which accept connections and begin them are a
/// few among thousands. Until all have begun, at most for the time that is allowed, and then nobody is held back for as long. Where it
/// does not help, because what keeps the others from beginning is not the cores' queue, the process leaves its cores idle meanwhile; that
/// is noticed, and tried again a second later.
/// </para>
/// <para>
/// After a collection because the runtime lets go all threads that waited for it through one mutex: whoever finds that taken sleeps again,
/// and is woken by the one before it, each time to queue behind all that run already. Until nobody comes any more to be held.
/// </para>
/// </remarks>
/// <param name="forNew">For how long connections are held back for new ones at most; zero for never.</param>
/// <param name="afterCollection">The same after a collection.</param>
/// <param name="look">How often it is looked whether it helps new connections.</param>
/// <param name="arrivalLook">How often it is looked whether more threads have come after a collection.</param>
/// <param name="collections">How many collections there have been.</param>
[StructLayout(LayoutKind.Explicit, Size = 192)]
internal sealed unsafe class RightOfWay(
    TimeSpan forNew, TimeSpan afterCollection, TimeSpan look, TimeSpan arrivalLook, Func<int> collections)
{
    /// <summary>
    /// What a thread that yields waits for the core where the queue is long: that of some 300 connections. A shorter one costs those that begin
    /// no more than others wait for their messages.
    /// </summary>
    private static readonly TimeSpan _longQueue = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// The same where no connection has begun for <see cref="_longPause"/>. A thread of the pool that yields while it looks for work is behind
    /// even a short queue (docs/performance.md).
    /// </summary>
    private static readonly TimeSpan _queue = TimeSpan.FromMilliseconds(0.5);

    private static readonly TimeSpan _longPause = TimeSpan.FromMilliseconds(20);

    /// <summary>Several times what a thread needs to begin a connection, and short enough to lose little in vain.</summary>
    private static readonly TimeSpan _defaultLook = TimeSpan.FromMilliseconds(20);

    /// <summary>What a yield takes where enough threads want the core to keep the ones from it that a collection has stopped.</summary>
    private static readonly TimeSpan _queueAfterCollection = TimeSpan.FromMilliseconds(1);

    /// <summary>How long after a collection such a queue is waited for. The threads it has stopped have been let go by then.</summary>
    private static readonly TimeSpan _afterCollectionAtMost = TimeSpan.FromMilliseconds(250);

    /// <summary>Longer than a message takes, for the most part, and so than it takes the next thread to come and be held.</summary>
    private static readonly TimeSpan _defaultArrivalLook = TimeSpan.FromMilliseconds(1);

    /// <summary>The last thread has come before these, most likely.</summary>
    private const int LooksWithoutArrival = 2;

    /// <summary>How long nobody is held back after that: where collections are frequent, the looks in vain cost a twentieth at most.</summary>
    private static readonly TimeSpan _restAfterCollection = TimeSpan.FromMilliseconds(40);

    /// <summary>How much later those wait for the end who do not look, lest thousands of timers run out at once.</summary>
    private static readonly long _grace = ToTimestamps(TimeSpan.FromMilliseconds(100));

    /// <summary>How long nobody is held back after it has not helped.</summary>
    private static readonly TimeSpan _restInVain = TimeSpan.FromSeconds(1);

    /// <summary>Between which less than half of one core was used.</summary>
    private const int IdleLooks = 2;

    /// <summary>
    /// Between which no connection has begun. Many: those that are busy have the cores for a round before they come to wait, which with ten
    /// thousand takes half a second.
    /// </summary>
    private const int LooksInVain = 25;

    /// <summary>Longer than Kestrel waits for its connections to end.</summary>
    private static readonly TimeSpan _restAtEnd = TimeSpan.FromSeconds(30);

    /// <summary>One word, pinned because the kernel knows it by its address. Changes whenever holding back ends.</summary>
    [FieldOffset(0)]
    private readonly int[] _word = GC.AllocateArray<int>(1, pinned: true);

    [FieldOffset(8)]
    private readonly long _longest = ToTimestamps(forNew);

    [FieldOffset(16)]
    private readonly long _longestAfterCollection = ToTimestamps(afterCollection);

    [FieldOffset(24)]
    private readonly TimeSpan _look = look;

    [FieldOffset(32)]
    private readonly Func<int> _count = afterCollection > TimeSpan.Zero ? collections : static () => 0;

    /// <summary>The last collection for which connections were held back, or need not be. Written seldom.</summary>
    [FieldOffset(40)]
    private int _settled = afterCollection > TimeSpan.Zero ? collections() : 0;

    /// <summary>A later one that has been noticed, and when.</summary>
    [FieldOffset(44)]
    private int _noticed;

    [FieldOffset(48)]
    private long _noticedAt;

    [FieldOffset(56)]
    private readonly TimeSpan _arrivalLook = arrivalLook;

    /// <summary>Above 0: when the connections that are held back may go on at the latest. Otherwise its negative: from when on they may be.</summary>
    [FieldOffset(64)]
    private long _state;

    [FieldOffset(72)]
    private int _beginning;

    /// <summary>When a connection has begun last, or been accepted while all others had.</summary>
    [FieldOffset(80)]
    private long _moved;

    [FieldOffset(88)]
    private int _begun;

    /// <summary>The state in which connections were last held back because of a collection.</summary>
    [FieldOffset(96)]
    private long _afterCollection;

    [FieldOffset(128)]
    private int _held;

    /// <param name="forNew">For how long connections are held back for new ones at most; zero for never.</param>
    /// <param name="afterCollection">The same after a collection.</param>
    public RightOfWay(TimeSpan forNew, TimeSpan afterCollection)
        : this(forNew, afterCollection, _defaultLook, _defaultArrivalLook, static () => GC.CollectionCount(0))
    {
    }

    /// <summary>How many connections have been accepted and not begun.</summary>
    public int Beginning => Volatile.Read(ref _beginning);

    /// <summary>Whether connections are held back.</summary>
    public bool IsHolding => Volatile.Read(ref _state) > 0;

    /// <summary>Whether that is because of a collection.</summary>
    public bool IsHoldingAfterCollection => Volatile.Read(ref _state) is > 0 and var state && state == Volatile.Read(ref _afterCollection);

    /// <summary>Whether a thread has to tell how long its yield took.</summary>
    public bool IsAlert => Beginning > 0 || HasCollected;

    /// <summary>How often one has waited because others were held back.</summary>
    public int Held => Volatile.Read(ref _held);

    /// <summary>A connection has been accepted. <see cref="OnBegun"/> follows in any case.</summary>
    public void OnAccepted()
    {
        if (Beginning == 0)
        {
            Volatile.Write(ref _moved, Stopwatch.GetTimestamp());
        }

        Interlocked.Increment(ref _beginning);
    }

    /// <summary>Its thread has come to it, or never will.</summary>
    public void OnBegun()
    {
        Interlocked.Increment(ref _begun);
        Volatile.Write(ref _moved, Stopwatch.GetTimestamp());

        // The count first, then the look at the state; who begins to hold back does it the other way round.
        if (Interlocked.Decrement(ref _beginning) == 0
            && Volatile.Read(ref _state) is > 0 and var held
            && held != Volatile.Read(ref _afterCollection))
        {
            LetGo(held, Rest(held));
        }
    }

    /// <summary>The server stops accepting: nobody is held back any more, as connections have to end.</summary>
    public void OnUnbound()
    {
        var state = Volatile.Read(ref _state);
        if (state > 0)
        {
            LetGo(state, ToTimestamps(_restAtEnd));
        }
        else
        {
            Interlocked.CompareExchange(ref _state, -(Stopwatch.GetTimestamp() + ToTimestamps(_restAtEnd)), state);
        }
    }

    /// <summary>Lets others run, for longer where they are worse off. The calling thread holds nothing that others wait for.</summary>
    public void Yield()
    {
        var state = Volatile.Read(ref _state);
        if (state > 0)
        {
            Wait(state);
            return;
        }

        var began = Stopwatch.GetTimestamp();
        Libc.Yield();
        _ = OnYielded(Stopwatch.GetElapsedTime(began));
    }

    /// <summary>A thread has come back from a yield.</summary>
    /// <param name="time">How long that took.</param>
    /// <returns>Whether it was held back.</returns>
    public bool OnYielded(TimeSpan time)
    {
        var now = Stopwatch.GetTimestamp();
        var state = Volatile.Read(ref _state);
        if (state > 0)
        {
            Wait(state);
            return true;
        }

        if (-state > now)
        {
            return false;
        }

        if (Beginning > 0 && _longest > 0 && time >= (HasPaused(now) ? _queue : _longQueue))
        {
            var held = now + _longest;
            if (Interlocked.CompareExchange(ref _state, held, state) == state)
            {
                if (Beginning == 0)
                {
                    LetGo(held, Rest(held));
                }

                WatchBeginning(held);
                return true;
            }
        }

        if (HasCollected && IsDueAfterCollection(time, now))
        {
            var held = now + _longestAfterCollection;
            if (Interlocked.CompareExchange(ref _state, held, state) == state)
            {
                Volatile.Write(ref _afterCollection, held);
                WatchArrivals(held);
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether there has been a collection since the last one that is settled.</summary>
    private bool HasCollected => _count() != Volatile.Read(ref _settled);

    private static long ToTimestamps(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    /// <summary>Whether no connection has begun for long.</summary>
    private bool HasPaused(long now) => Stopwatch.GetElapsedTime(Volatile.Read(ref _moved), now) >= _longPause;

    /// <summary>As long as they have been held back.</summary>
    private long Rest(long held) => Stopwatch.GetTimestamp() - (held - _longest);

    /// <summary>
    /// Whether connections have to be held back for the last collection. It is settled then, or when there has been no queue for long.
    /// Two threads that ask at once hold back once more at most.
    /// </summary>
    /// <param name="time">What the calling thread's yield took.</param>
    /// <param name="now">When it came back.</param>
    private bool IsDueAfterCollection(TimeSpan time, long now)
    {
        var collections = _count();
        if (time >= _queueAfterCollection)
        {
            Volatile.Write(ref _settled, collections);
            return true;
        }

        if (Volatile.Read(ref _noticed) != collections)
        {
            Volatile.Write(ref _noticedAt, now);
            Volatile.Write(ref _noticed, collections);
        }
        else if (Stopwatch.GetElapsedTime(Volatile.Read(ref _noticedAt), now) >= _afterCollectionAtMost)
        {
            Volatile.Write(ref _settled, collections);
        }

        return false;
    }

    /// <summary>Waits with the others, and looks whether that helps new connections.</summary>
    private void WatchBeginning(long held)
    {
        var begun = Volatile.Read(ref _begun);
        var cpu = Environment.CpuUsage.TotalTime;
        var idle = 0;
        var inVain = 0;
        while (TryWaitForLook(held, _look, out var time))
        {
            var (begunBefore, cpuBefore) = (begun, cpu);
            (begun, cpu) = (Volatile.Read(ref _begun), Environment.CpuUsage.TotalTime);
            inVain = begun == begunBefore ? inVain + 1 : 0;
            idle = cpu - cpuBefore < time / 2 ? idle + 1 : 0;
            if (Beginning == 0 || inVain == LooksInVain || idle == IdleLooks)
            {
                LetGo(held, Beginning == 0 ? Rest(held) : ToTimestamps(_restInVain));
            }
        }
    }

    /// <summary>Waits with the others, until nobody comes any more.</summary>
    private void WatchArrivals(long held)
    {
        var came = Held;
        var without = 0;
        while (TryWaitForLook(held, _arrivalLook, out _))
        {
            var cameBefore = came;
            came = Held;
            without = came == cameBefore ? without + 1 : 0;
            if (without == LooksWithoutArrival)
            {
                LetGo(held, ToTimestamps(_restAfterCollection));
            }
        }
    }

    /// <summary>Waits until it is time for the next look.</summary>
    /// <param name="held">The state in which connections are held back.</param>
    /// <param name="look">How long a look takes.</param>
    /// <param name="time">How long it took.</param>
    /// <returns>Whether they still are.</returns>
    private bool TryWaitForLook(long held, TimeSpan look, out TimeSpan time)
    {
        var began = Stopwatch.GetTimestamp();
        do
        {
            // Again after a signal.
            time = Stopwatch.GetElapsedTime(began);
            if (time >= look)
            {
                return true;
            }
        }
        while (TryWait(held, until: held, most: look - time));
        return false;
    }

    private void Wait(long held)
    {
        Interlocked.Increment(ref _held);
        while (TryWait(held, until: held + _grace, most: TimeSpan.MaxValue))
        {
            // For no reason, or a signal.
        }
    }

    /// <summary>Waits for a part of the time that connections are held back. Whoever sees its end lets all go.</summary>
    /// <param name="held">The state in which they are.</param>
    /// <param name="until">When it ends.</param>
    /// <param name="most">For how long at most.</param>
    /// <returns>Whether they still are.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryWait(long held, long until, TimeSpan most)
    {
        // The word first: it changes after the state.
        var word = Volatile.Read(ref _word[0]);
        if (Volatile.Read(ref _state) != held)
        {
            return false;
        }

        var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), until);
        if (left <= TimeSpan.Zero)
        {
            LetGo(held, _longest);
            return false;
        }

        Futex.Wait((int*)Unsafe.AsPointer(ref _word[0]), word, left < most ? left : most);
        return Volatile.Read(ref _state) == held;
    }

    /// <summary>Ends the holding back, unless somebody has.</summary>
    /// <param name="held">The state in which it is.</param>
    /// <param name="rest">How long it may not begin anew.</param>
    private void LetGo(long held, long rest)
    {
        if (Interlocked.CompareExchange(ref _state, -(Stopwatch.GetTimestamp() + rest), held) == held)
        {
            Interlocked.Increment(ref _word[0]);
            Futex.WakeAll((int*)Unsafe.AsPointer(ref _word[0]));
        }
    }
}
