using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ThreadTransport.Internal.Native;

namespace ThreadTransport.Internal.Connections;

/// <summary>
/// Holds back connections that are busy while others have not begun, where the cores have a long queue. The scheduler gives every thread
/// the same share, so those that accept connections and begin them are a few among thousands: a new connection would wait for longer
/// than any that is busy. Apart from what else is written, because all threads read it. Any thread. Linux, where there is a futex.
/// </summary>
/// <remarks>
/// Who is held back waits before its next receive, where nothing of the application's runs, until all have begun, at most for the time
/// that is allowed, and then goes on for as long as it was held back. Where it does not help, because what keeps the others from beginning is
/// not the cores' queue, the process leaves its cores idle meanwhile; that is noticed, and tried again a second later.
/// </remarks>
/// <param name="longest">For how long connections are held back at most.</param>
/// <param name="look">How often it is looked whether that helps.</param>
[StructLayout(LayoutKind.Explicit, Size = 192)]
internal sealed unsafe class RightOfWay(TimeSpan longest, TimeSpan look)
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
    private readonly long _longest = ToTimestamps(longest);

    [FieldOffset(16)]
    private readonly TimeSpan _look = look;

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

    [FieldOffset(128)]
    private int _held;

    /// <param name="longest">For how long connections are held back at most.</param>
    public RightOfWay(TimeSpan longest)
        : this(longest, _defaultLook)
    {
    }

    /// <summary>How many connections have been accepted and not begun.</summary>
    public int Beginning => Volatile.Read(ref _beginning);

    /// <summary>Whether connections are held back.</summary>
    public bool IsHolding => Volatile.Read(ref _state) > 0;

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
        if (Interlocked.Decrement(ref _beginning) == 0 && Volatile.Read(ref _state) is > 0 and var held)
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

    /// <summary>Lets others run, for longer where connections have to begin. The calling thread holds nothing that others wait for.</summary>
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

        if (Beginning > 0 && -state <= now && time >= (HasPaused(now) ? _queue : _longQueue))
        {
            var held = now + _longest;
            if (Interlocked.CompareExchange(ref _state, held, state) == state)
            {
                if (Beginning == 0)
                {
                    LetGo(held, Rest(held));
                }

                Watch(held);
                return true;
            }
        }

        return false;
    }

    private static long ToTimestamps(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    /// <summary>Whether no connection has begun for long.</summary>
    private bool HasPaused(long now) => Stopwatch.GetElapsedTime(Volatile.Read(ref _moved), now) >= _longPause;

    /// <summary>As long as they have been held back.</summary>
    private long Rest(long held) => Stopwatch.GetTimestamp() - (held - _longest);

    /// <summary>Waits with the others, and looks whether that helps.</summary>
    private void Watch(long held)
    {
        var begun = Volatile.Read(ref _begun);
        var cpu = Environment.CpuUsage.TotalTime;
        var looked = Stopwatch.GetTimestamp();
        var idle = 0;
        var inVain = 0;
        while (TryWait(held, until: held, most: _look))
        {
            var time = Stopwatch.GetElapsedTime(looked);
            if (time < _look)
            {
                // A signal.
                continue;
            }

            var (begunBefore, cpuBefore) = (begun, cpu);
            (begun, cpu, looked) = (Volatile.Read(ref _begun), Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
            inVain = begun == begunBefore ? inVain + 1 : 0;
            idle = cpu - cpuBefore < time / 2 ? idle + 1 : 0;
            if (Beginning == 0 || inVain == LooksInVain || idle == IdleLooks)
            {
                LetGo(held, Beginning == 0 ? Rest(held) : ToTimestamps(_restInVain));
            }
        }
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
