using System.Diagnostics;
using System.Runtime.CompilerServices;
using ThreadTransport.Internal.Native;

namespace ThreadTransport.Internal.Threads;

/// <summary>
/// What one thread waits for and anybody sets: one <see cref="Set"/> ends one wait, the present one or the next.
/// </summary>
/// <param name="looksFirst">Whether the thread lets others run, and looks, before it sleeps.</param>
internal sealed class WakeSignal(bool looksFirst = false)
{
    private const int Idle = 0;
    private const int Waiting = 1;
    private const int IsSet = 2;

    /// <summary>
    /// How often others may run before the thread sleeps: where many connections come and go, the next one often wants it by then, and
    /// two system calls and a switch are spared (docs/performance.md). Nothing else to run, they take a microsecond together.
    /// </summary>
    private const int Looks = 4;

    /// <summary>How many waits at most go without looks after some in vain, so that a thread that is wanted late mostly sleeps at once.</summary>
    private const int MostWithoutLooks = 7;

    private int _withoutLooks;
    private int _leftWithoutLooks;

    /// <summary>One word, pinned because the kernel knows it by its address.</summary>
    private readonly int[] _word = GC.AllocateArray<int>(1, pinned: true);

    /// <summary>Any thread; never waits for long.</summary>
    public unsafe void Set()
    {
        if (Futex.IsSupported)
        {
            if (Interlocked.Exchange(ref _word[0], IsSet) == Waiting)
            {
                Futex.Wake((int*)Unsafe.AsPointer(ref _word[0]));
            }

            return;
        }

        lock (_word)
        {
            _word[0] = IsSet;
            Monitor.Pulse(_word);
        }
    }

    /// <summary>
    /// Only ever one thread calls this. An interrupt does not end it. Where there is a futex it becomes part of its caller: fewer
    /// frames for the garbage collector to walk.
    /// </summary>
    /// <returns>False when the time was up first.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Wait(TimeSpan timeout) => Futex.IsSupported ? WaitForWord(timeout) : WaitInMonitor(timeout);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private unsafe bool WaitForWord(TimeSpan timeout)
    {
        if (looksFirst && --_leftWithoutLooks < 0)
        {
            Look();
        }

        var isBounded = timeout != Timeout.InfiniteTimeSpan;
        var began = isBounded ? Stopwatch.GetTimestamp() : 0;
        var left = timeout;
        while (Interlocked.CompareExchange(ref _word[0], Waiting, Idle) != IsSet)
        {
            if (isBounded && left <= TimeSpan.Zero)
            {
                if (Interlocked.CompareExchange(ref _word[0], Idle, Waiting) == Waiting)
                {
                    return false;
                }

                break;
            }

            Futex.Wait((int*)Unsafe.AsPointer(ref _word[0]), Waiting, left);
            if (isBounded)
            {
                left = timeout - Stopwatch.GetElapsedTime(began);
            }
        }

        // With a fence: what a set that this takes with it came for is seen by whoever looks after the wait.
        Interlocked.Exchange(ref _word[0], Idle);
        return true;
    }

    private void Look()
    {
        for (var looks = 0; looks < Looks; looks++)
        {
            if (Volatile.Read(ref _word[0]) == IsSet)
            {
                _withoutLooks = 0;
                _leftWithoutLooks = 0;
                return;
            }

            Libc.Yield();
        }

        if (Volatile.Read(ref _word[0]) != IsSet)
        {
            _withoutLooks = Math.Min((2 * _withoutLooks) + 1, MostWithoutLooks);
            _leftWithoutLooks = _withoutLooks;
        }
    }

    private bool WaitInMonitor(TimeSpan timeout)
    {
        while (true)
        {
            try
            {
                lock (_word)
                {
                    while (_word[0] != IsSet)
                    {
                        if (!Monitor.Wait(_word, timeout) && _word[0] != IsSet)
                        {
                            return false;
                        }
                    }

                    _word[0] = Idle;
                    return true;
                }
            }
            catch (ThreadInterruptedException)
            {
                // An application has left it behind. It came out of the wait, or of the lock.
            }
        }
    }
}
