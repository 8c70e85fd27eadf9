using System.Globalization;
using Support.Processes;

namespace Reliability.Tests.Limits;

/// <summary>
/// A user whom the limit of processes binds. It does not bind root, so for root that is a number that nobody has; where anybody else
/// runs the tests, it is that user, with all the tasks that run already.
/// </summary>
internal sealed class UnprivilegedUser
{
    private const string Nobody = "61234";

    private readonly string[] _becoming;

    private UnprivilegedUser(string[] becoming, int tasks)
    {
        _becoming = becoming;
        Tasks = tasks;
    }

    /// <summary>How many tasks the user has without those of the test.</summary>
    public int Tasks { get; }

    /// <summary>Skips the test where there is none.</summary>
    public static async Task<UnprivilegedUser> FindAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Limits of processes are Linux's.");
        Assert.SkipUnless(ChildCommand.Find("prlimit") is not null, "prlimit is not installed.");
        if (!Environment.IsPrivilegedProcess)
        {
            return new UnprivilegedUser([], CountTasks(Text("/proc/self/status", "Uid:")));
        }

        Assert.SkipUnless(ChildCommand.Find("setpriv") is not null, "setpriv is not installed, and the limit does not bind root.");
        string[] becoming = ["setpriv", "--reuid", Nobody, "--regid", Nobody, "--clear-groups"];
        var program = EchoProcess.Command().Arguments[0];
        var seen = await ChildProcess.RunAsync(new ChildCommand(becoming[0], [.. becoming[1..], "test", "-r", program]));
        Assert.SkipUnless(seen.Code == 0, $"User {Nobody} may not read {program}, and the limit does not bind root.");
        return new UnprivilegedUser(becoming, 0);
    }

    /// <summary>The wrapper for a program that this user runs, with room for so many tasks beside those of others.</summary>
    public string[] With(int tasks) => ["prlimit", $"--nproc={Text(Tasks + tasks)}:{Text(Tasks + tasks)}", .. _becoming];

    private static int CountTasks(string user) => Directory.EnumerateDirectories("/proc")
        .Where(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out _))
        .Select(folder => $"{folder}/status")
        .Where(status => Text(status, "Uid:") == user)
        .Sum(status => int.TryParse(Text(status, "Threads:"), CultureInfo.InvariantCulture, out var threads) ? threads : 0);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The first word after this one; empty for a process that has ended meanwhile.</summary>
    private static string Text(string file, string name)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split('\t')[1] ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }
}
