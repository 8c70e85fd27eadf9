using System.Globalization;
using System.Runtime.InteropServices;
using Support;
using Support.Processes;

namespace Compare.Tests;

public sealed class InterruptTests
{
    [Theory]
    [InlineData(PosixSignal.SIGINT)]
    [InlineData(PosixSignal.SIGTERM)]
    public async Task Compare_Interrupted_LeavesNoProcessBehind(PosixSignal signal)
    {
        await using var compare = await StartAsync();
        var children = ChildrenOf(compare.Id);
        compare.Send(signal);
        var exit = await compare.WaitForExitAsync();
        Assert.Equal(ExitCode.Interrupted, exit.Code);
        Assert.Empty(exit.Output);
        Assert.Equal("Compare: interrupted", exit.ErrorLines[^1]);
        Assert.Equal(2, children.Count);
        Assert.DoesNotContain(children, IsAlive);
    }

    /// <summary>No handler runs then: only the kernel can end the children.</summary>
    [Fact]
    public async Task Compare_Killed_LeavesNoProcessBehind()
    {
        await using var compare = await StartAsync();
        var children = ChildrenOf(compare.Id);
        using (var process = System.Diagnostics.Process.GetProcessById(compare.Id))
        {
            process.Kill();
        }

        Assert.Equal(2, children.Count);
        await TestTimeout.EventuallyAsync(() => !children.Any(IsAlive), "server and client have ended");
    }

    /// <summary>In the middle of a load that would take an hour: server and client are both there.</summary>
    private static async Task<ChildProcess> StartAsync()
    {
        var compare = ChildProcess.Start(CompareProcess.Command(
            "--scenario", "echo", "-n", "200", "--duration", "1h", "--output", Path.Combine(Path.GetTempPath(), "compare-interrupted")));
        try
        {
            await TestTimeout.EventuallyAsync(
                () => ChildrenOf(compare.Id) is { Count: 2 } children && children.All(child => !IsLaunching(child.Id)),
                "server and client are there");
            return compare;
        }
        catch
        {
            await compare.DisposeAsync();
            throw;
        }
    }

    /// <summary>Not yet the program that it will be.</summary>
    private static bool IsLaunching(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Contains("--guarded-launch", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>With the start times, for the system gives the numbers of processes again.</summary>
    private static List<(int Id, string Started)> ChildrenOf(int parent) =>
        [.. Directory.GetDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0 && Stat(id) is { } stat && stat.Parent == parent)
            .Select(id => (id, Stat(id)!.Value.Started))];

    private static bool IsAlive((int Id, string Started) process) =>
        Stat(process.Id) is { State: not "Z" } stat && stat.Started == process.Started;

    private static (string State, int Parent, string Started)? Stat(int process)
    {
        try
        {
            // The name comes second, in parentheses, and may have spaces.
            var text = File.ReadAllText($"/proc/{process}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0], int.Parse(fields[1], CultureInfo.InvariantCulture), fields[19]);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
