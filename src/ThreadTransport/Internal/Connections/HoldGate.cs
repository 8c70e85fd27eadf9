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
    /// <summary>
    /// Those who do not look wait for the end by a tenth of the time longer, lest thousands of timers run out at once; so much may be missing to
    /// the time that is allowed.
    /// </summary>
    private const int GracePart = 10;

    /// <summary>One word, pinned because the kernel knows it by its address. Changes whenever the gate is opened.</summary>
    [FieldOffset(0)]
    private readonly int[] _word = GC.AllocateArray<int>(1, pinned: true);

    [FieldOffset(8)]
    private readonly long _longest = ToTimestamps(longest) / (GracePart + 1) * GracePart;

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

        Interlocked.Increment(ref _held);
        while (TryWait(hold, until: hold + (_longest / GracePart), most: TimeSpan.MaxValue))
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
            Interlocked.Increment(ref _word[0]);
            Futex.WakeAll((int*)Unsafe.AsPointer(ref _word[0]));
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

    /// <summary>Waits for a part of the time that the gate is closed. Whoever sees its end opens it.</summary>
    /// <param name="hold">The state in which it is.</param>
    /// <param name="until">When it ends.</param>
    /// <param name="most">For how long at most.</param>
    /// <returns>Whether it still is.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryWait(long hold, long until, TimeSpan most)
    {
        // The word first: it changes after the state.
        var word = Volatile.Read(ref _word[0]);
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

        Futex.Wait((int*)Unsafe.AsPointer(ref _word[0]), word, left < most ? left : most);
        return Volatile.Read(ref _state) == hold;
    }
}
