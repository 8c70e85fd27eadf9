using System.Globalization;

namespace Compare.Measurement;

/// <summary>What <c>/proc/PID/status</c> says of a process.</summary>
internal readonly record struct ProcessStatus(int Threads, long ResidentKilobytes, long PeakResidentKilobytes)
{
    public static ProcessStatus? Read(int process)
    {
        try
        {
            return Parse(File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status")));
        }
        catch (IOException)
        {
            // It is gone.
            return null;
        }
    }

    /// <returns>Null where the fields are missing, as they are for a process that is just ending.</returns>
    public static ProcessStatus? Parse(string text) =>
        Field(text, "\nThreads:") is { } threads && Field(text, "\nVmRSS:") is { } resident && Field(text, "\nVmHWM:") is { } peak
            ? new ProcessStatus((int)threads, resident, peak)
            : null;

    /// <summary>A number behind a name at the start of a line.</summary>
    public static long? Field(string text, string name)
    {
        var at = text.IndexOf(name, StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        var value = text.AsSpan(at + name.Length).TrimStart();
        var length = value.IndexOfAnyExceptInRange('0', '9');
        return long.TryParse(length < 0 ? value : value[..length], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }
}
