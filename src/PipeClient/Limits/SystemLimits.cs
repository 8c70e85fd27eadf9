namespace PipeClient.Limits;

/// <summary>What this machine lets one process open. A limit that cannot be read is null and does not limit.</summary>
internal sealed record SystemLimits
{
    /// <summary>RLIMIT_NOFILE's soft limit, which the runtime has already raised to the hard one.</summary>
    public long? OpenFiles { get; init; }

    /// <summary>Descriptors that are open before the first connection.</summary>
    public int OpenFilesNow { get; init; }

    public int? FirstPort { get; init; }

    public int? LastPort { get; init; }

    /// <summary>How many connections a server of this machine can have waiting, whatever it asks for.</summary>
    public int? Backlog { get; init; }

    /// <summary>Whether ports of ended connections are taken again while they still wait.</summary>
    public TimeWaitReuse TimeWaitReuse { get; init; } = TimeWaitReuse.Always;

    /// <summary>The machine's TCP connections.</summary>
    public IReadOnlyList<TcpEntry> Connections { get; init; } = [];

    /// <summary>What may still be allocated, here or in this control group.</summary>
    public long? Memory { get; init; }

    /// <summary>From /proc; elsewhere than on Linux only the memory is known.</summary>
    public static SystemLimits Read()
    {
        var ports = Proc.Numbers("/proc/sys/net/ipv4/ip_local_port_range");
        return new SystemLimits
        {
            OpenFiles = Proc.SoftLimit("Max open files"),
            OpenFilesNow = Proc.CountEntries("/proc/self/fd"),
            FirstPort = ports is [var first, _] ? (int)first : null,
            LastPort = ports is [_, var last] ? (int)last : null,
            Backlog = Proc.Numbers("/proc/sys/net/core/somaxconn") is [var backlog] ? (int)backlog : null,
            TimeWaitReuse = Proc.Numbers("/proc/sys/net/ipv4/tcp_tw_reuse") is [var reuse] ? (TimeWaitReuse)reuse : TimeWaitReuse.Always,
            Connections = [.. TcpEntry.Read("/proc/net/tcp"), .. TcpEntry.Read("/proc/net/tcp6")],
            Memory = ReadMemory(),
        };
    }

    /// <summary>What the machine has left, and what the runtime knows of a control group's limit.</summary>
    private static long? ReadMemory()
    {
        var group = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - Environment.WorkingSet;
        return Proc.Kilobytes("/proc/meminfo", "MemAvailable:") is { } available ? Math.Min(available * 1024, group) : group;
    }
}
