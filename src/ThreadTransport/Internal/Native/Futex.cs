using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ThreadTransport.Internal.Native;

/// <summary>
/// Waiting for a word to change, and waking who waits for it, without the runtime's monitors: they take several times as long, and have
/// the one who is woken wait again, for the lock that the other still holds. Linux, on the processors whose call numbers are known.
/// </summary>
internal static unsafe partial class Futex
{
    private const int WaitPrivate = 128;
    private const int WakePrivate = 129;

    /// <summary>PR_FUTEX_HASH with PR_FUTEX_HASH_SET_SLOTS and PR_FUTEX_HASH_GET_SLOTS of linux/prctl.h.</summary>
    private const int Hash = 78;
    private const int HashSetSlots = 1;
    private const int HashGetSlots = 2;

    /// <summary>A megabyte of the kernel's memory, at 64 bytes each (prctl(2), PR_FUTEX_HASH_SET_SLOTS).</summary>
    private const int MaxSlots = 1 << 14;

    private static readonly Lock _hashGate = new();

    /// <summary>The number of the system call; 0 where it is not known.</summary>
    public static int Call { get; } = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 202,
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 98,
        _ => 0,
    };

    public static bool IsSupported { get; } = OperatingSystem.IsLinux() && Call != 0;

    /// <summary>Waits while the word is <paramref name="value"/>. May return for no reason.</summary>
    /// <param name="word">Must not move.</param>
    /// <param name="value">What it is.</param>
    /// <param name="timeout">For how long at most.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Wait(int* word, int value, TimeSpan timeout)
    {
        var time = new TimeSpec(timeout);
        _ = syscall(Call, word, WaitPrivate, value, timeout == Timeout.InfiniteTimeSpan ? null : &time);
    }

    /// <summary>
    /// How many lists the kernel keeps this process's waiting threads in; 0 where it has those of the whole system, less where there is
    /// no word for it.
    /// </summary>
    public static int Slots => IsSupported ? prctl(Hash, HashGetSlots, 0, 0, 0) : -1;

    /// <summary>
    /// Has the kernel keep as many lists as there may be threads. From version 6.16 on a process has lists of its own, four for each core and
    /// at least 16, and whoever wakes a thread, or looks whether one waits, searches one of them (docs/operations.md has what that takes).
    /// Never makes them fewer, and leaves a process alone that has chosen those of the whole system.
    /// </summary>
    /// <param name="threads">How many threads may wait at once.</param>
    public static void EnsureSlots(int threads)
    {
        var slots = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(threads, 1, MaxSlots));
        lock (_hashGate)
        {
            if (Slots is var present and > 0 && present < slots)
            {
                // Refused, everything goes on as before, only slower.
                _ = prctl(Hash, HashSetSlots, slots, 0, 0);
            }
        }
    }

    /// <summary>Wakes one thread that waits for the word.</summary>
    public static void Wake(int* word) => Wake(word, threads: 1);

    /// <summary>Wakes so many threads that wait for the word, those first that have waited for longest.</summary>
    public static void Wake(int* word, int threads) => _ = syscall(Call, word, WakePrivate, threads, null);

    [LibraryImport("libc")]
    private static partial nint syscall(nint number, int* word, nint operation, nint value, TimeSpec* timeout);

    [LibraryImport("libc")]
    private static partial int prctl(int option, nint argument, nint slots, nint unused, nint unusedToo);

    /// <summary>struct timespec of 64-bit Linux.</summary>
    private readonly struct TimeSpec(TimeSpan time)
    {
        public readonly long Seconds = time.Ticks / TimeSpan.TicksPerSecond;
        public readonly long Nanoseconds = time.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick;
    }
}
