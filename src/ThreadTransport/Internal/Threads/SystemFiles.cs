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
    public long? Column(string path, string name) => Try(() =>
    {
        var line = File.ReadLines(Full(path)).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) ?? "";
        return line.Length < name.Length ? null : Parse(line[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault());
    });

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

    private static long? Parse(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static long? Try(Func<long?> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string Full(string path) => Path.Combine(root, path);
}
