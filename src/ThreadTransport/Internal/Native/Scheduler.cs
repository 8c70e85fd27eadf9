using System.Runtime.InteropServices;

namespace ThreadTransport.Internal.Native;

/// <summary>
/// What a thread asks of Linux's scheduler for itself. No right is needed for it. On the processors whose call numbers are known.
/// </summary>
internal static unsafe partial class Scheduler
{
    /// <summary>SCHED_OTHER and SCHED_BATCH of linux/sched.h: the policies whose threads have slices.</summary>
    private const uint Other = 0;
    private const uint Batch = 3;

    private static readonly (nint Set, nint Get) _calls = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => (314, 315),
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => (274, 275),
        _ => default,
    };

    public static bool IsSupported { get; } = OperatingSystem.IsLinux() && _calls.Set != 0;

    /// <summary>The calling thread's slice; zero where the kernel does not tell it, which those before 6.12 do not.</summary>
    public static TimeSpan Slice => TryGet(out var attributes) && attributes.Policy is Other or Batch
        ? TimeSpan.FromTicks((long)attributes.Runtime / TimeSpan.NanosecondsPerTick)
        : TimeSpan.Zero;

    /// <summary>Asks for a slice for the calling thread, whose policy and niceness stay what they are.</summary>
    /// <returns>Whether the kernel has said yes. Those before 6.12 do so too, and do nothing.</returns>
    public static bool TrySetSlice(TimeSpan slice)
    {
        if (!TryGet(out var attributes) || attributes.Policy is not (Other or Batch))
        {
            return false;
        }

        attributes.Runtime = (ulong)(slice.Ticks * TimeSpan.NanosecondsPerTick);
        return syscall(_calls.Set, 0, &attributes, 0, 0) == 0;
    }

    private static bool TryGet(out Attributes attributes)
    {
        attributes = default;
        if (!IsSupported)
        {
            return false;
        }

        fixed (Attributes* read = &attributes)
        {
            return syscall(_calls.Get, 0, read, (nint)sizeof(Attributes), 0) == 0;
        }
    }

    [LibraryImport("libc")]
    private static partial nint syscall(nint number, nint thread, Attributes* attributes, nint size, nint flags);

    /// <summary>struct sched_attr in its first form, which has its size in its first word.</summary>
    private struct Attributes
    {
        public uint Size;
        public uint Policy;
        public ulong Flags;
        public int Nice;
        public uint Priority;
        public ulong Runtime;
        public ulong Deadline;
        public ulong Period;
    }
}
