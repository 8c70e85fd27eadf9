using System.Globalization;
using System.Text;
using ThreadTransport.Internal.Native;

namespace ThreadTransport.Internal.Threads;

/// <summary>
/// Tells a thread that stays away from one that merely waits for a core, by what the kernel says of it in
/// <c>/proc/self/task</c>. One look costs a few system calls. What stays are told apart by is the tick's thread's.
/// </summary>
internal sealed class ThreadProbe
{
    /// <summary>How long a thread may compute before that counts as staying away.</summary>
    private static readonly TimeSpan _longComputation = TimeSpan.FromMilliseconds(5);

    /// <summary>About 100 ms on a quiet machine.</summary>
    public const int LongTicks = 20;

    private int _stay;
    private TimeSpan _coreTime;

    /// <summary>Whether the thread stays away: waits for something else than a core, or has computed for long.</summary>
    /// <param name="kernelId">The kernel's id of the thread.</param>
    /// <param name="stay">Tells this stay from the ones before; the first look at each only notes where it begins.</param>
    /// <param name="ticks">How long it has lasted.</param>
    /// <param name="afterCollection">
    /// Whether a garbage collection may have stopped the thread. It then waits for a futex of the runtime's, and that is not the application's doing,
    /// unless it takes long.
    /// </param>
    public bool IsAway(int kernelId, int stay, int ticks, bool afterCollection)
    {
        var waits = IsWaiting(kernelId);
        if (waits != false)
        {
            // Where the kernel does not tell (another system, no descriptor left), time has to.
            return ticks >= LongTicks || (waits == true && (!afterCollection || IsInOtherCallThanFutex(kernelId)));
        }

        var coreTime = CoreTime(kernelId) ?? TimeSpan.Zero;
        if (stay != _stay)
        {
            _stay = stay;
            _coreTime = coreTime;
            return false;
        }

        return coreTime - _coreTime >= _longComputation;
    }

    /// <summary>Whether the kernel says that the thread waits for something else than a core; null where it does not say.</summary>
    public static bool? IsWaiting(int kernelId)
    {
        Span<byte> text = stackalloc byte[512];
        var read = Read(kernelId, "stat", text);

        // The thread's name comes before, in brackets, and may hold any character.
        var end = text[..read].LastIndexOf((byte)')');
        return end >= 0 && end + 2 < read ? text[end + 2] != (byte)'R' : null;
    }

    /// <summary>Whether the kernel says that the thread is in a system call, and not in one for a futex.</summary>
    private static bool IsInOtherCallThanFutex(int kernelId)
    {
        Span<byte> text = stackalloc byte[256];
        var read = Read(kernelId, "syscall", text);
        var end = text[..read].IndexOf((byte)' ');
        return end > 0
            && int.TryParse(text[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var call)
            && call != Futex.Call;
    }

    private static TimeSpan? CoreTime(int kernelId)
    {
        Span<byte> text = stackalloc byte[128];
        var read = Read(kernelId, "schedstat", text);
        var end = text[..read].IndexOf((byte)' ');
        return end > 0
            && long.TryParse(
                Encoding.ASCII.GetString(text[..end]), NumberStyles.None, CultureInfo.InvariantCulture, out var nanoseconds)
            ? TimeSpan.FromMicroseconds(nanoseconds / 1000)
            : null;
    }

    private static int Read(int kernelId, string file, Span<byte> text)
    {
        if (kernelId == 0)
        {
            return 0;
        }

        try
        {
            using var handle = File.OpenHandle($"/proc/self/task/{kernelId}/{file}");
            return RandomAccess.Read(handle, text, 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
