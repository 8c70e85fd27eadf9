using System.Globalization;

namespace Compare.Measurement;

/// <summary>
/// The context switches of a server that has no runtime to ask: the sum over its threads, a file each. Too dear with thousands of them,
/// and those that end take theirs along.
/// </summary>
internal static class TaskSwitches
{
    /// <summary>Some 20 milliseconds' worth of files.</summary>
    private const int MostThreads = 1500;

    /// <returns>Null when there are too many threads.</returns>
    public static double? Read(int process, int threads)
    {
        if (threads > MostThreads)
        {
            return null;
        }

        try
        {
            return Directory.EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task")).Sum(Of);
        }
        catch (IOException)
        {
            // It is gone.
            return null;
        }
    }

    private static double Of(string thread)
    {
        try
        {
            var text = File.ReadAllText(Path.Combine(thread, "status"));
            return (ProcessStatus.Field(text, "\nvoluntary_ctxt_switches:") ?? 0)
                + (ProcessStatus.Field(text, "\nnonvoluntary_ctxt_switches:") ?? 0);
        }
        catch (IOException)
        {
            // It has just ended.
            return 0;
        }
    }
}
