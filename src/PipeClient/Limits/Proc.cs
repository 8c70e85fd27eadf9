using System.Globalization;

namespace PipeClient.Limits;

/// <summary>Reads what Linux says of itself below /proc. What is not there, or not readable, is as good as empty.</summary>
internal static class Proc
{
    public static string[] Lines(string path)
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

    public static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The numbers of a file that has nothing else.</summary>
    public static long[] Numbers(string path) =>
        [.. Words(string.Join(' ', Lines(path))).Select(Number).OfType<long>()];

    /// <summary>From /proc/self/limits, where name, soft limit, hard limit and unit stand in columns.</summary>
    public static long? SoftLimit(string name) =>
        After("/proc/self/limits", name) is [var soft, ..] ? Number(soft) : null;

    public static long? Kilobytes(string path, string name) => After(path, name) is [var number, "kB"] ? Number(number) : null;

    public static int CountEntries(string path)
    {
        try
        {
            return Directory.GetFileSystemEntries(path).Length;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static string[] After(string path, string name) =>
        Array.Find(Lines(path), line => line.StartsWith(name, StringComparison.Ordinal)) is { } line ? Words(line[name.Length..]) : [];

    private static long? Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
