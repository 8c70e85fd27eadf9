using System.Buffers.Text;
using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace KestrelAsyncEcho.Statistics;

/// <summary>
/// What the kernel knows about this process. On Linux one read of <c>/proc/self/status</c>, kept open, without allocating;
/// elsewhere what the runtime can tell. Any thread may call.
/// </summary>
internal sealed class ProcessStatus : IDisposable
{
    private const string StatusFile = "/proc/self/status";

    // Both fields stand in the first kilobyte or so; only an account in hundreds of groups pushes them further down.
    private const int ReadSize = 8 * 1024;

    private readonly SafeFileHandle? _file = Open();

    /// <summary>Whether reading is a matter of microseconds, whatever the number of threads.</summary>
    public bool IsCheap => _file is not null;

    public int Threads()
    {
        if (Field("\nThreads:"u8) is { } threads)
        {
            return (int)threads;
        }

        using var process = Process.GetCurrentProcess();
        return process.Threads.Count;
    }

    public long PeakResidentKilobytes()
    {
        if (Field("\nVmHWM:"u8) is { } kilobytes)
        {
            return kilobytes;
        }

        using var process = Process.GetCurrentProcess();
        return Math.Max(process.PeakWorkingSet64, process.WorkingSet64) / 1024;
    }

    public void Dispose() => _file?.Dispose();

    private static SafeFileHandle? Open()
    {
        try
        {
            return File.OpenHandle(StatusFile);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another system, or no descriptor left: then the server will not start either, and says why.
            return null;
        }
    }

    private long? Field(ReadOnlySpan<byte> name)
    {
        if (_file is null)
        {
            return null;
        }

        Span<byte> buffer = stackalloc byte[ReadSize];
        ReadOnlySpan<byte> text = buffer[..RandomAccess.Read(_file, buffer, 0)];
        var start = text.IndexOf(name);
        if (start < 0)
        {
            return null;
        }

        var number = text[(start + name.Length)..].TrimStart("\t "u8);
        return Utf8Parser.TryParse(number, out long value, out _) ? value : null;
    }
}
