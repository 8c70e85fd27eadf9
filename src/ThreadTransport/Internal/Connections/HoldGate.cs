using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ThreadTransport.Internal.Native;

namespace ThreadTransport.Internal.Connections;

/// <summary>
/// Where threads of busy connections wait before their next receive, so that others have the cores, until they are let go. Apart from what
/// else is written, because all threads look at it. Any thread. Linux, where there is a futex.
/// </summary>
/// <param name="longest">For how long it is closed at most.</param>
[StructLayout(LayoutKind.Explicit, Size = 192)]
internal sealed unsafe class HoldGate(TimeSpan longest)
{
    /// <summary>How many of those who do not look wait for different times.</summary>
    private const int GraceSteps = 512;

    /// <summary>How much longer than it is closed they wait at least, in case the one who looks gets no core.</summary>
    private static readonly long _grace = ToTimestamps(TimeSpan.FromMilliseconds(20));

    /// <summary>By how much their times differ: thousands of timers that ran out at once would be worse than thousands woken at once.</summary>
    private static readonly long _graceStep = ToTimestamps(TimeSpan.FromMilliseconds(0.1));

    /// <summary>
    /// How many are woken at once, by whoever opens the gate and by each that is let go. Thousands would take some ten milliseconds, for which the
    /// thread that woke them would be seconds behind them (docs/performance.md).
    /// </summary>
    private const int WokenByEach = 8;

    /// <summary>
    /// A word for each second time that it is closed, pinned because the kernel knows them by their addresses: whoever still wakes others of one
    /// time must not wake those of the next. Changes when that time is over.
    /// </summary>
    [FieldOffset(0)]
    private readonly int[] _words = GC.AllocateArray<int>(2, pinned: true);

    [FieldOffset(8)]
    private readonly long _longest = ToTimestamps(longest);

    /// <summary>How often it has been opened.</summary>
    [FieldOffset(72)]
    private int _opened;

    /// <summary>Above 0: it is closed, until then at the latest. Otherwise its negative: from when on it may be.</summary>
    [FieldOffset(64)]
    private long _state;

    [FieldOffset(128)]
    private int _held;

    public bool IsClosed => Volatile.Read(ref _state) > 0;

    /// <summary>How often a thread has waited, other than the ones that had closed it.</summary>
    public int Held => Volatile.Read(ref _held);

    /// <summary>Waits while the gate is closed.</summary>
    /// <returns>Whether it was.</returns>
    public bool Pass()
    {
        var hold = Volatile.Read(ref _state);
        if (hold <= 0)
        {
            return false;
        }

        var grace = _grace + ((uint)Interlocked.Increment(ref _held) % GraceSteps * _graceStep);
        while (TryWait(hold, until: hold + grace, most: TimeSpan.MaxValue))
        {
            // For no reason, or a signal.
        }

        return true;
    }

    /// <summary>Closes it. The caller then waits by <see cref="TryWaitForLook"/>, and opens it.</summary>
    /// <param name="hold">This time that it is closed.</param>
    /// <returns>False if it is closed already, or may not be closed yet.</returns>
    public bool TryClose(out long hold)
    {
        var state = Volatile.Read(ref _state);
        var now = Stopwatch.GetTimestamp();
        hold = now + _longest;
        return -state >= 0 && -state <= now && Interlocked.CompareExchange(ref _state, hold, state) == state;
    }

    /// <summary>Waits until it is time for the next look.</summary>
    /// <param name="hold">What <see cref="TryClose"/> gave.</param>
    /// <param name="look">How long a look takes.</param>
    /// <param name="time">How long it took.</param>
    /// <returns>Whether the gate still is closed.</returns>
    public bool TryWaitForLook(long hold, TimeSpan look, out TimeSpan time)
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
        while (TryWait(hold, until: hold, most: look - time));
        return false;
    }

    /// <summary>Opens it, unless somebody has.</summary>
    /// <param name="hold">What <see cref="TryClose"/> gave.</param>
    /// <param name="leastRest">How long it may not be closed again, if it has not been closed for longer than that.</param>
    public void LetGo(long hold, TimeSpan leastRest)
    {
        var now = Stopwatch.GetTimestamp();
        var rest = Math.Max(ToTimestamps(leastRest), now - (hold - _longest));
        if (Interlocked.CompareExchange(ref _state, -(now + rest), hold) == hold)
        {
            var word = Word(Interlocked.Increment(ref _opened) - 1);
            Interlocked.Increment(ref *word);
            Futex.Wake(word, WokenByEach);
        }
    }

    /// <summary>Opens it if it is closed, and keeps it from being closed.</summary>
    /// <param name="rest">For how long.</param>
    public void KeepOpen(TimeSpan rest)
    {
        while (true)
        {
            var state = Volatile.Read(ref _state);
            if (state > 0)
            {
                LetGo(state, rest);
            }
            else if (Interlocked.CompareExchange(ref _state, -(Stopwatch.GetTimestamp() + ToTimestamps(rest)), state) == state)
            {
                return;
            }
        }
    }

    /// <summary>Opens the gate if it is closed.</summary>
    public void LetGo()
    {
        if (Volatile.Read(ref _state) is > 0 and var hold)
        {
            LetGo(hold, TimeSpan.Zero);
        }
    }

    private static long ToTimestamps(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    /// <summary>Waits for a part of the time that the gate is closed. Whoever sees its end opens it, and whoever is let go wakes others.</summary>
    /// <param name="hold">The state in which it is.</param>
    /// <param name="until">When it ends.</param>
    /// <param name="most">For how long at most.</param>
    /// <returns>Whether it still is.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryWait(long hold, long until, TimeSpan most)
    {
        // The word, and which one it is, first: they change after the state.
        var opened = Volatile.Read(ref _opened);
        var word = Word(opened);
        var value = Volatile.Read(ref *word);
        if (Volatile.Read(ref _opened) != opened)
        {
            return true;
        }

        if (Volatile.Read(ref _state) != hold)
        {
            return false;
        }

        var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), until);
        if (left <= TimeSpan.Zero)
        {
            LetGo(hold, TimeSpan.Zero);
            return false;
        }

        Futex.Wait(word, value, left < most ? left : most);
        if (Volatile.Read(ref *word) != value)
        {
            Futex.Wake(word, WokenByEach);
        }

        return Volatile.Read(ref _state) == hold;
    }

    private int* Word(int opened) => (int*)Unsafe.AsPointer(ref _words[opened & 1]);
}
