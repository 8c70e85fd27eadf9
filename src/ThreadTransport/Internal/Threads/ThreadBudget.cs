using System.Globalization;

namespace ThreadTransport.Internal.Threads;

/// <summary>
/// How many connection threads this process can have, and which limit says so. Reaching one of these limits would end the process
/// or leave it without a descriptor to log with, so each keeps a reserve. Read once, when the transport is made.
/// </summary>
internal sealed record ThreadBudget(int Threads, string Limit)
{
    public const string MemoryMaps = "vm.max_map_count";
    public const string ProcessIds = "kernel.pid_max";
    public const string KernelThreads = "kernel.threads-max";
    public const string Processes = "the limit of processes (ulimit -u)";
    public const string OpenFiles = "the limit of open files (ulimit -n)";

    /// <summary>
    /// Maps that a .NET thread takes: stack, guard page, and the runtime's alternate signal stack with its guard. Counted.
    /// </summary>
    public const int MapsPerThread = 4;

    /// <summary>For the pool, the collector, libraries and files that are mapped later.</summary>
    private const int ReservedMaps = 1024;

    private const int ReservedThreads = 256;
    private const int ReservedDescriptors = 256;

    /// <summary>Of the threads, this part is kept for turns whose own thread is not free.</summary>
    private const int BorrowedShare = 16;

    private const int MaxBorrowed = 1024;

    /// <summary>How many of the threads may be lent.</summary>
    public int Borrowed => Math.Clamp(Threads / BorrowedShare, 1, MaxBorrowed);

    /// <summary>How many connections the others leave room for.</summary>
    public int Connections => Math.Max(Threads - Borrowed, 1);

    public static ThreadBudget Compute()
    {
        var budget = new ThreadBudget(int.MaxValue, "no limit of this system");
        if (!OperatingSystem.IsLinux())
        {
            return budget;
        }

        Consider((ReadNumber("/proc/sys/vm/max_map_count") - CountLines("/proc/self/maps") - ReservedMaps) / MapsPerThread, MemoryMaps);
        Consider(ReadNumber("/proc/sys/kernel/pid_max") - ReservedThreads, ProcessIds);
        Consider(ReadNumber("/proc/sys/kernel/threads-max") - ReservedThreads, KernelThreads);
        Consider(ReadSoftLimit("Max processes") - ReservedThreads, Processes);
        Consider(ReadSoftLimit("Max open files") - ReservedDescriptors, OpenFiles);
        return budget;

        void Consider(long? room, string limit)
        {
            if (room < budget.Threads)
            {
                budget = new ThreadBudget((int)Math.Max(room.Value, 1), limit);
            }
        }
    }

    private static long? ReadNumber(string path) => Try(() => long.Parse(
        File.ReadAllText(path), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture));

    private static long? CountLines(string path) => Try(() => File.ReadLines(path).LongCount());

    /// <returns>Null for a limit that is unlimited or not there.</returns>
    private static long? ReadSoftLimit(string name) => Try(() =>
    {
        // Name, soft limit, hard limit and unit stand in columns.
        var line = File.ReadLines("/proc/self/limits").First(line => line.StartsWith(name, StringComparison.Ordinal));
        var columns = line.AsSpan(name.Length).Trim();
        return long.Parse(columns[..columns.IndexOf(' ')], NumberStyles.None, CultureInfo.InvariantCulture);
    });

    private static long? Try(Func<long> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }
}
