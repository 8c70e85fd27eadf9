using ThreadTransport.Internal.Native;

namespace ThreadTransport.Internal.Threads;

/// <summary>The slice of time that connections' threads ask of the scheduler, and whether they have it. Any thread.</summary>
/// <param name="length">How long it is; zero to ask for none.</param>
internal sealed class TimeSlice(TimeSpan length)
{
    private const int Refused = -1;
    private const int Unknown = 0;
    private const int Kept = 1;

    private volatile int _state = length > TimeSpan.Zero && Scheduler.IsSupported ? Unknown : Refused;

    /// <summary>Whether the kernel has said of a thread that it has this slice.</summary>
    public bool IsKept => _state == Kept;

    /// <summary>Asks for it for the calling thread.</summary>
    public void Ask()
    {
        if (_state == Refused)
        {
            return;
        }

        var isSet = Scheduler.TrySetSlice(length);
        if (_state == Unknown)
        {
            // A kernel that knows nothing of slices says yes as well.
            _state = isSet && Scheduler.Slice == length ? Kept : Refused;
        }
    }
}
