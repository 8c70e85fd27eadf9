using System.Globalization;

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

    /// <summary>From /proc; elsewhere than on Linux nothing is known.</summary>
    public static SystemLimits Read()
    {
        var ports = ReadWords("/proc/sys/net/ipv4/ip_local_port_range");
        return new SystemLimits
        {
            OpenFiles = ReadOpenFiles(),
            OpenFilesNow = CountOpenFiles(),
            FirstPort = ports is [var first, ..] ? ParseInt(first) : null,
            LastPort = ports is [_, var last, ..] ? ParseInt(last) : null,
        };
    }

    private static long? ReadOpenFiles()
    {
        const string Name = "Max open files";
        var line = ReadLines("/proc/self/limits").FirstOrDefault(l => l.StartsWith(Name, StringComparison.Ordinal));
        return line is not null && Words(line[Name.Length..]) is [var soft, ..]
            && long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
                ? limit
                : null;
    }

    private static int CountOpenFiles()
    {
        try
        {
            return Directory.GetFileSystemEntries("/proc/self/fd").Length;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static int? ParseInt(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static string[] ReadWords(string path) => Words(string.Join(' ', ReadLines(path)));

    private static string[] Words(string text) =>
        text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
