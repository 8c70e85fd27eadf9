namespace Support;

/// <summary>What the kernel says that this process has.</summary>
public static class ProcessCounts
{
    public static int Threads => Directory.GetDirectories("/proc/self/task").Length;

    public static int Sockets => Directory.GetFiles("/proc/self/fd").Count(IsSocket);

    public static string[] ThreadNames => [.. Directory.GetDirectories("/proc/self/task").Select(ReadName)];

    private static bool IsSocket(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static string ReadName(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm")).Trim();
        }
        catch (IOException)
        {
            return "";
        }
    }
}
