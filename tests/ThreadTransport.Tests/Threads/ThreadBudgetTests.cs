using System.Globalization;
using System.Text.RegularExpressions;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Tests.Threads;

/// <summary>Each limit of a system decides where it is the lowest. The system is a folder of the test's.</summary>
[Trait("Promise", "P8")]
public sealed class ThreadBudgetTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("budget").FullName;

    [Fact]
    public void System_WithoutAnyLimit_LeavesRoomForAll() => Assert.Equal(int.MaxValue, ThreadBudget.Compute(_root).Threads);

    [Theory]
    [InlineData("proc/sys/vm/max_map_count", "65530", ThreadBudget.MemoryMaps, (65_530 - 100 - 1024) / 4)]
    [InlineData("proc/sys/kernel/pid_max", "32768", ThreadBudget.ProcessIds, 32_768 - 256)]
    [InlineData("proc/sys/kernel/threads-max", "5000", ThreadBudget.KernelThreads, 5000 - 256)]
    [InlineData("proc/self/limits", "Max processes             3000                 4000                 processes", ThreadBudget.Processes, 3000 - 256)]
    [InlineData("proc/self/limits", "Max open files            1024                 4000                 files", ThreadBudget.OpenFiles, 1024 - 2 - 256)]
    [InlineData("proc/meminfo", "MemTotal: 9999999999 kB\nMemAvailable:  1048576 kB", ThreadBudget.Memory, (768 - 64) * 16)]
    [InlineData("sys/fs/cgroup/a/pids.max", "500", ThreadBudget.ControlGroupThreads, 500 - 20 - 256)]
    [InlineData("sys/fs/cgroup/pids.max", "600", ThreadBudget.ControlGroupThreads, 600 - 256)]
    [InlineData("sys/fs/cgroup/pids/b/pids.max", "700", ThreadBudget.ControlGroupThreads, 700 - 256)]
    [InlineData("sys/fs/cgroup/a/memory.max", "536870912", ThreadBudget.ControlGroupMemory, ((512 - 128 + 32) * 3 / 4 * 16) - (64 * 16))]
    [InlineData("sys/fs/cgroup/memory/c/d/memory.limit_in_bytes", "1073741824", ThreadBudget.ControlGroupMemory, (768 - 64) * 16)]
    [InlineData("sys/fs/cgroup/memory/c/memory.limit_in_bytes", "1073741824", ThreadBudget.ControlGroupMemory, (768 - 64) * 16)]
    public void Limit_ThatIsTheOnlyOne_Decides(string file, string text, string limit, int threads)
    {
        Write("proc/self/maps", string.Concat(Enumerable.Repeat("7f00-7f01 r--p\n", 100)));
        Write("proc/self/fd/0", "");
        Write("proc/self/fd/1", "");
        Write("proc/self/cgroup", "3:memory:/c/d\n2:pids:/b\n1:name=systemd:/\n0::/a");
        Write("sys/fs/cgroup/a/pids.current", "20");
        Write("sys/fs/cgroup/a/memory.current", "134217728");
        Write("sys/fs/cgroup/a/memory.stat", "anon 1\ninactive_file 33554432\nactive_file 5");
        Write(file, text + "\n");

        var budget = ThreadBudget.Compute(_root);

        Assert.Equal((threads, limit), (budget.Threads, budget.Limit));
    }

    [Fact]
    public void Limits_OfTheWholeSystem_AreLessWhatItRuns()
    {
        Write("proc/loadavg", "0.50 1.00 2.00 3/700 12345\n");
        Write("proc/sys/kernel/pid_max", "5000\n");
        Write("proc/sys/kernel/threads-max", "6000\n");

        Assert.Equal(5000 - 700 - 256, ThreadBudget.Compute(_root).Threads);
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

        Assert.Equal(3000 - 50 - 256, ThreadBudget.Compute(_root).Threads);
    }

    [Theory]
    [InlineData(ThreadBudget.MemoryMaps, "proc/sys/vm/max_map_count", "65530", "sudo sysctl -w vm.max_map_count=")]
    [InlineData(ThreadBudget.ProcessIds, "proc/sys/kernel/pid_max", "32768", "sudo sysctl -w kernel.pid_max=")]
    [InlineData(ThreadBudget.KernelThreads, "proc/sys/kernel/threads-max", "5000", "sudo sysctl -w kernel.threads-max=")]
    [InlineData(ThreadBudget.Processes, "proc/self/limits", "Max processes {0} 9 processes", "LimitNPROC=")]
    [InlineData(ThreadBudget.OpenFiles, "proc/self/limits", "Max open files {0} 9 files", "LimitNOFILE=")]
    [InlineData(ThreadBudget.ControlGroupThreads, "sys/fs/cgroup/pids.max", "700", "TasksMax=")]
    [InlineData(ThreadBudget.ControlGroupMemory, "sys/fs/cgroup/memory.max", "536870912", "MemoryMax=")]
    public void Cure_MakesRoomForAll(string limit, string file, string text, string cure)
    {
        Write("proc/self/maps", "");
        Write("proc/self/fd/0", "");
        Write("proc/self/cgroup", "0::/");
        var before = text.Contains("{0}", StringComparison.Ordinal) ? 3000 : int.Parse(text, CultureInfo.InvariantCulture);
        Write(file, string.Format(CultureInfo.InvariantCulture, text, before));
        var budget = ThreadBudget.Compute(_root);

        var named = budget.CureFor(60_000)!;

        Assert.Equal(limit, budget.Limit);
        var after = long.Parse(Regex.Match(named, Regex.Escape(cure) + "([0-9]+)").Groups[1].Value, CultureInfo.InvariantCulture);
        Write(file, string.Format(CultureInfo.InvariantCulture, text.Replace($"{before}", "{0}", StringComparison.Ordinal), after));
        Assert.InRange(ThreadBudget.Compute(_root).Connections, 60_000, 66_000);
        Assert.Null(budget.CureFor(budget.Connections));
    }

    [Fact]
    public void Cure_OfAMachineThatIsFull_IsNone()
    {
        Write("proc/meminfo", "MemAvailable:  1048576 kB");

        Assert.Null(ThreadBudget.Compute(_root).CureFor(1_000_000));
    }

    [Fact]
    public void Limits_ThatAreUnlimited_DoNotDecide()
    {
        Write("proc/self/cgroup", "0::/");
        Write("sys/fs/cgroup/pids.max", "max");
        Write("sys/fs/cgroup/memory.max", "max");
        Write("proc/self/limits", "Max processes             unlimited            unlimited            processes");

        Assert.Equal(int.MaxValue, ThreadBudget.Compute(_root).Threads);
    }

    [Fact]
    public void Limit_ThatIsReachedAlready_LeavesRoomForOne()
    {
        Write("proc/self/fd/0", "");
        Write("proc/self/limits", "Max open files            10                 4000                 files");

        var budget = ThreadBudget.Compute(_root);

        Assert.Equal(1, budget.Connections);
        Assert.Equal(1, budget.BorrowedByConnections);
        Assert.Equal(1, budget.BorrowedByRequests);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Write(string file, string text)
    {
        var path = Path.Combine(_root, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
