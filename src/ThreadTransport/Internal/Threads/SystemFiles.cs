using System.Globalization;

namespace ThreadTransport.Internal.Threads;

/// <summary>Reads numbers from the kernel's files. What is not there, not to be read, or no number ("max", "unlimited") is null.</summary>
/// <param name="root">The folder that paths start from.</param>
internal sealed class SystemFiles(string root)
{
    public long? Number(string path) => Try(() => Parse(File.ReadAllText(Full(path)).Trim()));

    public long? Lines(string path) => Try(() => File.ReadLines(Full(path)).LongCount());

    public long? Entries(string path) => Try(() => Directory.EnumerateFileSystemEntries(Full(path)).LongCount());

    /// <summary>The first column after <paramref name="name"/>, in the line that starts with it.</summary>
    public long? Column(string path, string name) => Parse(Word(path, name));

    /// <inheritdoc cref="Column"/>
    public string? Word(string path, string name) => Try(() =>
    {
        var line = File.ReadLines(Full(path)).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line?[name.Length..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
    });

    /// <summary>How many threads the system runs, which the fourth column of its load averages tells after a slash.</summary>
    public long? Tasks(string path) => Parse(TaskCounts(path)?[1]);

    /// <summary>How many of them have a core or wait for one; the same column, before the slash.</summary>
    public long? RunnableTasks(string path) => Parse(TaskCounts(path)?[0]);

    /// <summary>How many threads there are of the user who runs this process.</summary>
    /// <param name="path">The folder of the processes.</param>
    public long TasksOfThisUser(string path)
    {
        const string User = "Uid:";
        if (Column($"{path}/self/status", User) is not { } user)
        {
            return 0;
        }

        var tasks = 0L;
        try
        {
            foreach (var process in Directory.EnumerateDirectories(Full(path)).Select(Path.GetFileName))
            {
                // A process may end meanwhile, and then counts nothing.
                if (Parse(process) is not null && Column($"{path}/{process}/status", User) == user)
                {
                    tasks += Column($"{path}/{process}/status", "Threads:") ?? 0;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What is counted so far has to do.
        }

        return tasks;
    }

    public string[] Text(string path)
    {
        try
        {
            return File.ReadAllLines(Full(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private string[]? TaskCounts(string path) => Try(() =>
        File.ReadAllText(Full(path)).Split(' ') is [_, _, _, var tasks, ..] && tasks.Split('/') is [_, _] both ? both : null);

    private static long? Parse(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static T? Try<T>(Func<T?> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }

    private string Full(string path) => Path.Combine(root, path);
}
