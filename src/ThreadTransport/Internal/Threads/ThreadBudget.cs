using System.Globalization;

namespace ThreadTransport.Internal.Threads;

/// <summary>
/// How many connection threads this process can have, and which limit says so. Reaching one of these limits would end the process
/// or leave it without a descriptor to log with, so each keeps a reserve. Read once, when the transport is made.
/// </summary>
/// <param name="Threads">How many.</param>
/// <param name="Limit">Which limit says so.</param>
/// <param name="Value">What it is set to; null where that can't be raised by a setting.</param>
/// <param name="StackSize">What each thread reserves, in bytes.</param>
internal sealed record ThreadBudget(int Threads, string Limit, long? Value = null, int StackSize = 0)
{
    public const string MemoryMaps = "vm.max_map_count";
    public const string ProcessIds = "kernel.pid_max";
    public const string KernelThreads = "kernel.threads-max";
    public const string Processes = "the limit of processes (ulimit -u)";
    public const string OpenFiles = "the limit of open files (ulimit -n)";
    public const string AddressSpace = "the limit of address space (ulimit -v)";
    public const string ControlGroupThreads = "the control group's pids.max";
    public const string ControlGroupMemory = "the control group's memory limit";
    public const string Memory = "the machine's free memory";
    public const string CommittedMemory = "the machine's memory, which it does not overcommit (vm.overcommit_memory=2)";

    /// <summary>
    /// Maps that a .NET thread takes: stack, guard page, and the runtime's alternate signal stack with its guard. Counted.
    /// </summary>
    public const int MapsPerThread = 4;

    /// <summary>For the collector, for libraries and files that are mapped later, and for a pool that grows.</summary>
    private const int ReservedMaps = 1024;

    /// <summary>For a pool that grows, for the runtime and for others. A quarter where a limit is so low that this would take most of it.</summary>
    private const int ReservedThreads = 256;

    /// <summary>For files and for the application's own connections; a quarter of a low limit.</summary>
    private const int ReservedDescriptors = 256;

    /// <summary>
    /// What a connection's thread takes at most while it waits: 38 KB for the thread, the kernel's part included, and some
    /// kilobytes for the connection, its pipes and its socket. Measured at ten thousand connections, and rounded up.
    /// </summary>
    private const long MemoryPerThread = 64 * 1024;

    /// <summary>For the application itself, beyond the quarter that is left to it in any case; a quarter of what is free, where that is less.</summary>
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

    /// <param name="stackSize">What each thread reserves, in bytes.</param>
    public static ThreadBudget OfThisProcess(int stackSize)
    {
        ThreadPool.GetMinThreads(out var poolThreads, out _);
        return Compute("/", stackSize, poolThreads);
    }

    /// <param name="system">Where the kernel tells of its limits; another folder in tests.</param>
    /// <param name="stackSize">What each thread reserves, in bytes.</param>
    /// <param name="poolThreads">How many threads the pool makes as soon as it has work for them, whatever else there is.</param>
    public static ThreadBudget Compute(string system, int stackSize, int poolThreads)
    {
        var budget = new ThreadBudget(int.MaxValue, "no limit of this system");
        if (!OperatingSystem.IsLinux())
        {
            return budget;
        }

        var files = new SystemFiles(system);
        var maps = files.Number("proc/sys/vm/max_map_count");
        Consider(((maps - files.Lines("proc/self/maps") - ReservedMaps) / MapsPerThread) - poolThreads, MemoryMaps, maps);
        var running = files.Tasks("proc/loadavg") ?? 0;
        foreach (var (file, limit) in new[] { ("proc/sys/kernel/pid_max", ProcessIds), ("proc/sys/kernel/threads-max", KernelThreads) })
        {
            var most = files.Number(file);
            ConsiderTasks(most, most - running, limit);
        }

        if (files.Column("proc/self/limits", "Max processes") is { } processes && UserLimit.Binds(files))
        {
            ConsiderTasks(processes, processes - files.TasksOfThisUser("proc"), Processes);
        }

        var descriptors = files.Column("proc/self/limits", "Max open files");
        Consider(descriptors - files.Entries("proc/self/fd") - Reserve(ReservedDescriptors, descriptors), OpenFiles, descriptors);
        var addresses = files.Column("proc/self/limits", "Max address space");
        Consider((addresses - (files.Column("proc/self/status", "VmSize:") * 1024)) / 4 * 3 / stackSize, AddressSpace, addresses);
        ConsiderMemory(files.Column("proc/meminfo", "MemAvailable:") * 1024, Memory, value: null);
        if (files.Number("proc/sys/vm/overcommit_memory") == 2)
        {
            // Then all of a stack counts, and not only what is used of it.
            var free = files.Column("proc/meminfo", "CommitLimit:") - files.Column("proc/meminfo", "Committed_AS:");
            Consider(free * 1024 / 4 * 3 / stackSize, CommittedMemory, value: null);
        }

        foreach (var group in ControlGroup.Of(files))
        {
            ConsiderTasks(group.MaxThreads, group.FreeThreads, ControlGroupThreads);
            ConsiderMemory(group.FreeMemory, ControlGroupMemory, group.MaxMemory);
        }

        return budget;

        void ConsiderTasks(long? most, long? free, string limit) =>
            Consider(free - Reserve(ReservedThreads, most) - poolThreads, limit, most);

        void ConsiderMemory(long? free, string limit, long? value) =>
            Consider((((free / 4 * 3) - Reserve(ReservedMemory, free)) / MemoryPerThread) - poolThreads, limit, value);

        void Consider(long? room, string limit, long? value)
        {
            if (room < budget.Threads)
            {
                budget = new ThreadBudget((int)Math.Max(room.Value, 1), limit, value, stackSize);
            }
        }
    }

    /// <summary>What raises the limit, so that there is room for <paramref name="connections"/>.</summary>
    /// <returns>Null where no setting does, or where there is room already.</returns>
    public string? CureFor(long connections)
    {
        if (Value is not { } value || connections <= Connections)
        {
            return null;
        }

        // Of every thread more a share is kept for turns.
        var missing = connections - Connections;
        var threads = missing + (missing * (Threads - Connections) / Connections) + 4;
        return Limit switch
        {
            MemoryMaps => Kernel(MapsPerThread),
            ProcessIds or KernelThreads => Kernel(1),
            Processes => Process("nproc", "LimitNPROC", 1, ReservedThreads),
            OpenFiles => Process("nofile", "LimitNOFILE", 1, ReservedDescriptors),
            AddressSpace => Process("as", "LimitAS", StackSize * 4L / 3, 0),
            ControlGroupThreads => Group("TasksMax", "pids-limit", 1, ReservedThreads),
            ControlGroupMemory => Group("MemoryMax", "memory", MemoryPerThread * 4 / 3, ReservedMemory * 4 / 3),
            _ => null,
        };

        string Kernel(int each) => Text($"sudo sysctl -w {Limit}={value + (threads * each)}");

        string Process(string limit, string unit, long each, long reserve)
        {
            var raised = Raised(each, reserve);
            return Text($"sudo prlimit --pid $$ --{limit}={raised}:{raised} in the shell that starts it, or {unit}={raised} in its unit");
        }

        string Group(string unit, string container, long each, long reserve)
        {
            var raised = Raised(each, reserve);
            return Text($"{unit}={raised} in its systemd unit, or --{container} {raised} of its container");
        }

        // A low limit keeps less of the reserve than a high one.
        long Raised(long each, long reserve) => value + (threads * each) + (reserve - Math.Min(reserve, value / 8));

        static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>What is set aside of so much: all that is wanted, but at most a quarter.</summary>
    private static long? Reserve(long wanted, long? of) => of is { } all ? Math.Min(wanted, all / 4) : null;
}
