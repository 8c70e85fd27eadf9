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

    private static readonly nint _call = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 202,
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 98,
        _ => 0,
    };

    public static bool IsSupported { get; } = OperatingSystem.IsLinux() && _call != 0;

    /// <summary>Waits while the word is <paramref name="value"/>. May return for no reason.</summary>
    /// <param name="word">Must not move.</param>
    /// <param name="value">What it is.</param>
    /// <param name="timeout">For how long at most.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Wait(int* word, int value, TimeSpan timeout)
    {
        var time = new TimeSpec(timeout);
        _ = syscall(_call, word, WaitPrivate, value, timeout == Timeout.InfiniteTimeSpan ? null : &time);
    }

    /// <summary>Wakes one thread that waits for the word.</summary>
    public static void Wake(int* word) => _ = syscall(_call, word, WakePrivate, 1, null);

    [LibraryImport("libc")]
    private static partial nint syscall(nint number, int* word, nint operation, nint value, TimeSpec* timeout);

    /// <summary>struct timespec of 64-bit Linux.</summary>
    private readonly struct TimeSpec(TimeSpan time)
    {
        public readonly long Seconds = time.Ticks / TimeSpan.TicksPerSecond;
        public readonly long Nanoseconds = time.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick;
    }
}
