using System.Globalization;

namespace Reliability.Tests.Limits;

/// <summary>
/// A control group of the test's own, below the top of the hierarchy, which is removed with the test. Skips the test where none can be
/// made: it takes root, or a folder that was handed over.
/// </summary>
internal sealed class TestControlGroup : IDisposable
{
    private const string Mount = "/sys/fs/cgroup";

    private readonly string _folder;
    private readonly bool _isVersion2;

    private TestControlGroup(string folder, bool isVersion2)
    {
        _folder = folder;
        _isVersion2 = isVersion2;
    }

    /// <summary>The wrapper for a program that is to run in it.</summary>
    public string[] Wrapper => ["sh", "-c", "echo $$ > \"$0/cgroup.procs\" && exec \"$@\"", _folder];

    /// <summary>How many tasks it may have. At once, whatever it has.</summary>
    public int? MaxTasks
    {
        set => Write("pids.max", value);
    }

    /// <summary>How much memory it may have, in bytes.</summary>
    public int MaxMemory
    {
        set
        {
            Write(_isVersion2 ? "memory.max" : "memory.limit_in_bytes", value);
            if (_isVersion2)
            {
                Write("memory.swap.max", 0);
            }
        }
    }

    /// <summary>How often the kernel had to kill for want of memory.</summary>
    public int Kills => File.ReadLines(Path.Combine(_folder, _isVersion2 ? "memory.events" : "memory.oom_control"))
        .Where(line => line.StartsWith("oom_kill ", StringComparison.Ordinal))
        .Sum(line => int.Parse(line["oom_kill ".Length..], CultureInfo.InvariantCulture));

    /// <param name="controller">What it is to limit: <c>pids</c> or <c>memory</c>.</param>
    public static TestControlGroup Create(string controller)
    {
        var isVersion2 = File.Exists($"{Mount}/cgroup.controllers");
        var top = isVersion2 ? Mount : $"{Mount}/{controller}";
        Assert.SkipUnless(
            isVersion2 ? File.ReadAllText($"{top}/cgroup.subtree_control").Split().Contains(controller) : Directory.Exists(top),
            $"This system has no control groups that limit {controller}.");
        var folder = $"{top}/threadtransport-test-{Guid.NewGuid():N}";
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Assert.Skip($"No control group can be made here: {exception.Message}");
        }

        return new TestControlGroup(folder, isVersion2);
    }

    /// <summary>The processes in it must have ended.</summary>
    public void Dispose() => Directory.Delete(_folder);

    private void Write(string file, int? number) =>
        File.WriteAllText(Path.Combine(_folder, file), number?.ToString(CultureInfo.InvariantCulture) ?? "max");
}
