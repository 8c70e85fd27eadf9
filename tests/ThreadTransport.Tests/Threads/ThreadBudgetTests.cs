using System.Globalization;
using System.Text.RegularExpressions;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Tests.Threads;

/// <summary>Each limit of a system decides where it is the lowest. The system is a folder of the test's.</summary>
[Trait("Promise", "P8")]
public sealed class ThreadBudgetTests : IDisposable
{
    private const int StackSize = 1024 * 1024;

    private readonly string _root = Directory.CreateTempSubdirectory("budget").FullName;

    [Fact]
    public void System_WithoutAnyLimit_LeavesRoomForAll() => Assert.Equal(int.MaxValue, Compute().Threads);

    [Theory]
    [InlineData("proc/sys/vm/max_map_count", "65530", ThreadBudget.MemoryMaps, (65_530 - 100 - 1024) / 4)]
    [InlineData("proc/sys/kernel/pid_max", "32768", ThreadBudget.ProcessIds, 32_768 - 256)]
    [InlineData("proc/sys/kernel/threads-max", "5000", ThreadBudget.KernelThreads, 5000 - 256)]
    [InlineData("proc/self/limits", "Max processes             3000                 4000                 processes", ThreadBudget.Processes, 3000 - 256)]
    [InlineData("proc/self/limits", "Max open files            1024                 4000                 files", ThreadBudget.OpenFiles, 1024 - 2 - 256)]
    [InlineData("proc/meminfo", "MemTotal: 9999999999 kB\nMemAvailable:  1048576 kB", ThreadBudget.Memory, (768 - 64) * 16)]
    [InlineData("proc/self/limits", "Max open files            400                  400                  files", ThreadBudget.OpenFiles, 400 - 2 - 100)]
    [InlineData("proc/self/limits", "Max address space         8589934592           8589934592           bytes", ThreadBudget.AddressSpace, 7 * 1024 * 3 / 4)]
    [InlineData("proc/meminfo", "CommitLimit: 2097152 kB\nCommitted_AS: 1048576 kB", ThreadBudget.CommittedMemory, 768)]
    [InlineData("sys/fs/cgroup/u/a/pids.max", "500", ThreadBudget.ControlGroupThreads, 500 - 20 - 125)]
    [InlineData("sys/fs/cgroup/u/pids.max", "2000", ThreadBudget.ControlGroupThreads, 2000 - 256)]
    [InlineData("sys/fs/cgroup/pids,misc/b/pids.max", "700", ThreadBudget.ControlGroupThreads, 700 - 175)]
    [InlineData("sys/fs/cgroup/u/a/memory.max", "536870912", ThreadBudget.ControlGroupMemory, ((512 - 128 + 32) * 3 / 4 * 16) - (64 * 16))]
    [InlineData("sys/fs/cgroup/memory/c/d/memory.limit_in_bytes", "1073741824", ThreadBudget.ControlGroupMemory, (768 - 64) * 16)]
    [InlineData("sys/fs/cgroup/memory/c/memory.limit_in_bytes", "1073741824", ThreadBudget.ControlGroupMemory, (768 - 64) * 16)]
    public void Limit_ThatIsTheOnlyOne_Decides(string file, string text, string limit, int threads)
    {
        Write("proc/self/maps", string.Concat(Enumerable.Repeat("7f00-7f01 r--p\n", 100)));
        Write("proc/self/fd/0", "");
        Write("proc/self/fd/1", "");
        WriteControlGroups("3:memory:/c/d\n2:pids,misc:/b\n1:name=systemd:/\n0::/a");
        Write("proc/sys/vm/overcommit_memory", "2");
        Write("proc/self/status", "Name:\tx\nUid:\t1000\nVmSize:\t 1048576 kB\n");
        Write("sys/fs/cgroup/u/a/pids.current", "20");
        Write("sys/fs/cgroup/u/a/memory.current", "134217728");
        Write("sys/fs/cgroup/u/a/memory.stat", "anon 1\ninactive_file 33554432\nactive_file 5");
        Write(file, text + "\n");

        var budget = Compute();

        Assert.Equal((threads, limit), (budget.Threads, budget.Limit));
    }

    [Fact]
    public void Limits_OfTheWholeSystem_AreLessWhatItRuns()
    {
        Write("proc/loadavg", "0.50 1.00 2.00 3/700 12345\n");
        Write("proc/sys/kernel/pid_max", "5000\n");
        Write("proc/sys/kernel/threads-max", "6000\n");

        Assert.Equal(5000 - 700 - 256, Compute().Threads);
    }

    [Fact]
    public void Limit_OfAUser_IsLessWhatThatUserRuns()
    {
        const string Status = "Name:\tx\nUid:\t{0}\t{0}\t{0}\t{0}\nThreads:\t{1}\n";
        Write("proc/self/limits", "Max processes             3000                 4000                 processes");
        Write("proc/self/status", string.Format(CultureInfo.InvariantCulture, Status, 1000, 20));
        Write("proc/17/status", string.Format(CultureInfo.InvariantCulture, Status, 1000, 20));
        Write("proc/18/status", string.Format(CultureInfo.InvariantCulture, Status, 1000, 30));
        Write("proc/19/status", string.Format(CultureInfo.InvariantCulture, Status, 0, 500));
        Directory.CreateDirectory(Path.Combine(_root, "proc/20"));

        Assert.Equal(3000 - 50 - 256, Compute().Threads);
    }

    // root; a user who may change the system's resources; root of a user namespace; a user.
    [Theory]
    [InlineData("0", "0000000000000000", "         0          0 4294967295", false)]
    [InlineData("1000", "0000000001000000", "         0          0 4294967295", false)]
    [InlineData("1000", "0000000000200000", "         0          0 4294967295", false)]
    [InlineData("0", "000001ffffffffff", "         0     100000      65536", true)]
    [InlineData("1000", "000001fffedfffff", "         0          0 4294967295", true)]
    public void LimitOfProcesses_ForWhomItDoesNotBind_DoesNotDecide(string user, string capabilities, string users, bool decides)
    {
        Write("proc/self/limits", "Max processes             3000                 4000                 processes");
        Write("proc/self/status", $"Name:\tx\nUid:\t{user}\t0\t0\t0\nCapEff:\t{capabilities}\n");
        Write("proc/self/uid_map", users + "\n");

        Assert.Equal(decides ? ThreadBudget.Processes : "no limit of this system", Compute().Limit);
    }

    [Theory]
    [InlineData("/docker/x", "/docker/x", "sys/fs/cgroup/u")]
    [InlineData("/docker/x", "/docker/x/y", "sys/fs/cgroup/u/y")]
    [InlineData("/docker/x", "/docker/xy", "sys/fs/cgroup/u")]
    [InlineData("/docker/x", "/", "sys/fs/cgroup/u")]
    [InlineData("/", "/../../z", "sys/fs/cgroup/u")]
    public void ControlGroup_InAContainer_IsFoundBelowWhatIsMounted(string mounted, string path, string folder)
    {
        WriteControlGroups($"0::{path}", mounted);
        Write($"{folder}/pids.max", "2000");

        Assert.Equal((2000 - 256, ThreadBudget.ControlGroupThreads), (Compute().Threads, Compute().Limit));
    }

    [Theory]
    [InlineData("proc/sys/kernel/pid_max", "32768", 1)]
    [InlineData("proc/sys/vm/max_map_count", "65530", 1)]
    [InlineData("proc/meminfo", "MemAvailable:  1048576 kB", 1)]
    [InlineData("proc/self/limits", "Max open files            9000                 9000                 files", 0)]
    public void Pool_ThatMayStartManyThreadsAtOnce_HasItsPart(string file, string text, int part)
    {
        Write("proc/self/maps", "");
        Write("proc/self/fd/0", "");
        Write(file, text);

        Assert.Equal(Compute().Threads - (part * 1000), ThreadBudget.Compute(_root, StackSize, poolThreads: 1000).Threads);
    }

    [Theory]
    [InlineData(ThreadBudget.MemoryMaps, "proc/sys/vm/max_map_count", "65530", "sudo sysctl -w vm.max_map_count=")]
    [InlineData(ThreadBudget.ProcessIds, "proc/sys/kernel/pid_max", "32768", "sudo sysctl -w kernel.pid_max=")]
    [InlineData(ThreadBudget.KernelThreads, "proc/sys/kernel/threads-max", "5000", "sudo sysctl -w kernel.threads-max=")]
    [InlineData(ThreadBudget.Processes, "proc/self/limits", "Max processes {0} 9 processes", "LimitNPROC=")]
    [InlineData(ThreadBudget.OpenFiles, "proc/self/limits", "Max open files {0} 9 files", "LimitNOFILE=")]
    [InlineData(ThreadBudget.AddressSpace, "proc/self/limits", "Max address space {0} 9 bytes", "LimitAS=")]
    [InlineData(ThreadBudget.ControlGroupThreads, "sys/fs/cgroup/u/pids.max", "700", "TasksMax=")]
    [InlineData(ThreadBudget.ControlGroupMemory, "sys/fs/cgroup/u/memory.max", "536870912", "MemoryMax=")]
    public void Cure_MakesRoomForAll(string limit, string file, string text, string cure)
    {
        Write("proc/self/maps", "");
        Write("proc/self/fd/0", "");
        WriteControlGroups("0::/");
        var before = limit == ThreadBudget.AddressSpace ? 4L << 30 : 3000L;
        before = text.Contains("{0}", StringComparison.Ordinal) ? before : long.Parse(text, CultureInfo.InvariantCulture);
        Write("proc/self/status", "VmSize:\t 1048576 kB\n");
        Write(file, string.Format(CultureInfo.InvariantCulture, text, before));
        var budget = Compute();

        var named = budget.CureFor(60_000)!;

        Assert.Equal(limit, budget.Limit);
        var after = long.Parse(Regex.Match(named, Regex.Escape(cure) + "([0-9]+)").Groups[1].Value, CultureInfo.InvariantCulture);
        Write(file, string.Format(CultureInfo.InvariantCulture, text.Replace($"{before}", "{0}", StringComparison.Ordinal), after));
        Assert.InRange(Compute().Connections, 60_000, 66_000);
        Assert.Null(budget.CureFor(budget.Connections));
    }

    [Fact]
    public void Cure_OfAMachineThatIsFull_IsNone()
    {
        Write("proc/meminfo", "MemAvailable:  1048576 kB");

        Assert.Null(Compute().CureFor(1_000_000));
    }

    [Fact]
    public void Limits_ThatAreUnlimited_DoNotDecide()
    {
        WriteControlGroups("0::/");
        Write("sys/fs/cgroup/u/pids.max", "max");
        Write("sys/fs/cgroup/u/memory.max", "max");
        Write("proc/self/limits", "Max processes             unlimited            unlimited            processes");

        Assert.Equal(int.MaxValue, Compute().Threads);
    }

    [Fact]
    public void Limit_ThatIsReachedAlready_LeavesRoomForOne()
    {
        Write("proc/self/fd/0", "");
        Write("proc/self/limits", "Max open files            1                  4000                 files");

        var budget = Compute();

        Assert.Equal(1, budget.Connections);
        Assert.Equal(1, budget.BorrowedByConnections);
        Assert.Equal(1, budget.BorrowedByRequests);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private ThreadBudget Compute() => ThreadBudget.Compute(_root, StackSize, poolThreads: 0);

    /// <summary>With both kinds mounted, and of the older one a hierarchy with two controllers.</summary>
    private void WriteControlGroups(string ofThisProcess, string mounted = "/")
    {
        Write("proc/self/cgroup", ofThisProcess);
        Write(
            "proc/self/mountinfo",
            $"""
            31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
            35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
            39 31 0:36 / /sys/fs/cgroup/pids,misc rw,relatime shared:9 master:1 - cgroup cgroup rw,misc,pids
            41 31 0:38 {mounted} /sys/fs/cgroup/u rw,relatime - cgroup2 cgroup2 rw
            """);
    }

    private void Write(string file, string text)
    {
        var path = Path.Combine(_root, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
