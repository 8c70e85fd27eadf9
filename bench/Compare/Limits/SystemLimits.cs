using System.Globalization;
using ThreadTransport.Internal.Threads;

namespace Compare.Limits;

/// <summary>What this machine lets one process have. A limit that cannot be read, or that is none, is null.</summary>
internal sealed record SystemLimits
{
    /// <summary>Of the server's threads; a larger one changes the account only where address space or committed memory is limited.</summary>
    private const int StackSize = 256 * 1024;

    /// <summary>RLIMIT_NOFILE's soft limit, which the runtime has already raised to the hard one, for our children too.</summary>
    public long? OpenFiles { get; init; }

    /// <summary>The thread transport's own account of what these leave room for.</summary>
    public ThreadBudget? Threads { get; init; }

    public int? FirstPort { get; init; }

    public int? LastPort { get; init; }

    public static SystemLimits Read()
    {
        var ports = Words(Text("/proc/sys/net/ipv4/ip_local_port_range"));
        var limits = Text("/proc/self/limits");
        return new SystemLimits
        {
            OpenFiles = SoftLimit(limits, "Max open files"),
            Threads = ThreadBudget.OfThisProcess(StackSize),
            FirstPort = ports is [var first, _] ? (int?)Number(first) : null,
            LastPort = ports is [_, var last] ? (int?)Number(last) : null,
        };
    }

    /// <summary>Name, soft limit, hard limit and unit stand in columns.</summary>
    private static long? SoftLimit(string limits, string name) =>
        limits.Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } line
        && Words(line[name.Length..]) is [var soft, ..]
            ? Number(soft)
            : null;

    private static long? Number(string text) =>
        long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
