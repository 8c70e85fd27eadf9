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
    public const string ControlGroupThreads = "the control group's pids.max";
    public const string ControlGroupMemory = "the control group's memory limit";
    public const string Memory = "the machine's free memory";

    /// <summary>
    /// Maps that a .NET thread takes: stack, guard page, and the runtime's alternate signal stack with its guard. Counted.
    /// </summary>
    public const int MapsPerThread = 4;

    /// <summary>For the pool, the collector, libraries and files that are mapped later.</summary>
    private const int ReservedMaps = 1024;

    private const int ReservedThreads = 256;
    private const int ReservedDescriptors = 256;

    /// <summary>
    /// What a connection's thread takes at most while it waits: 38 KB for the thread, the kernel's part included, and some
    /// kilobytes for the connection, its pipes and its socket. Measured at ten thousand connections, and rounded up.
    /// </summary>
    private const long MemoryPerThread = 64 * 1024;

    /// <summary>For the application itself, beyond the quarter that is left to it in any case.</summary>
    private const long ReservedMemory = 64 * 1024 * 1024;

    /// <summary>Of the threads, this part is kept for turns of connections whose own thread is not free.</summary>
    private const int ConnectionsShare = 32;

    /// <summary>And this part for requests that have no connection of their own.</summary>
    private const int RequestsShare = 16;

    private const int MaxBorrowed = 1024;

    /// <summary>How many of the threads may be lent to connections.</summary>
    public int BorrowedByConnections => Math.Clamp(Threads / ConnectionsShare, 1, MaxBorrowed);

    /// <summary>How many of the threads may be lent to requests.</summary>
    public int BorrowedByRequests => Math.Clamp(Threads / RequestsShare, 1, MaxBorrowed);

    /// <summary>How many connections the others leave room for.</summary>
    public int Connections => Math.Max(Threads - BorrowedByConnections - BorrowedByRequests, 1);

    /// <param name="system">Where the kernel tells of its limits; another folder in tests.</param>
    public static ThreadBudget Compute(string system = "/")
    {
        var budget = new ThreadBudget(int.MaxValue, "no limit of this system");
        if (!OperatingSystem.IsLinux())
        {
            return budget;
        }

        var files = new SystemFiles(system);
        Consider((files.Number("proc/sys/vm/max_map_count") - files.Lines("proc/self/maps") - ReservedMaps) / MapsPerThread, MemoryMaps);
        Consider(files.Number("proc/sys/kernel/pid_max") - ReservedThreads, ProcessIds);
        Consider(files.Number("proc/sys/kernel/threads-max") - ReservedThreads, KernelThreads);
        Consider(files.Column("proc/self/limits", "Max processes") - ReservedThreads, Processes);
        Consider(files.Column("proc/self/limits", "Max open files") - files.Entries("proc/self/fd") - ReservedDescriptors, OpenFiles);
        Consider(ForMemory(files.Column("proc/meminfo", "MemAvailable:") * 1024), Memory);
        foreach (var group in ControlGroup.Of(files))
        {
            Consider(group.FreeThreads - ReservedThreads, ControlGroupThreads);
            Consider(ForMemory(group.FreeMemory), ControlGroupMemory);
        }

        return budget;

        void Consider(long? room, string limit)
        {
            if (room < budget.Threads)
            {
                budget = new ThreadBudget((int)Math.Max(room.Value, 1), limit);
            }
        }
    }

    private static long? ForMemory(long? free) => ((free / 4 * 3) - ReservedMemory) / MemoryPerThread;
}
