using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ThreadTransport.Internal.Connections;

/// <summary>
/// Holds back connections that are busy while others have not begun, where the cores have a long queue. The scheduler gives every thread
/// the same share, so those that accept connections and begin them are a few among thousands: a new connection would wait for longer
/// than any that is busy. Apart from what else is written, because all threads read it. Any thread. Linux, where there is a futex.
/// </summary>
/// <remarks>
/// Who is held back waits before its next receive, where nothing of the application's runs, until all have begun, at most for the time
/// that is allowed, and then goes on for as long as it was held back. Where it does not help, because what keeps the others from beginning is
/// not the cores' queue, the process leaves its cores idle meanwhile; that is noticed, and tried again a second later.
/// </remarks>
/// <param name="longest">For how long connections are held back at most.</param>
/// <param name="look">How often it is looked whether that helps.</param>
/// <param name="cpu">How much processor time the process has used.</param>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal sealed class RightOfWay(TimeSpan longest, TimeSpan look, Func<TimeSpan> cpu)
{
    /// <summary>
    /// What a thread that yields waits for the core where the queue is long: that of some 300 connections. A shorter one costs those that begin
    /// no more than others wait for their messages.
    /// </summary>
    private static readonly TimeSpan _longQueue = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// The same where no connection has begun for <see cref="_longPause"/>. A thread of the pool that yields while it looks for work is behind
    /// even a short queue (docs/performance.md).
    /// </summary>
    private static readonly TimeSpan _queue = TimeSpan.FromMilliseconds(0.5);

    private static readonly TimeSpan _longPause = TimeSpan.FromMilliseconds(20);

    /// <summary>Several times what a thread needs to begin a connection, and short enough to lose little in vain.</summary>
    private static readonly TimeSpan _defaultLook = TimeSpan.FromMilliseconds(20);

    /// <summary>How long nobody is held back after it has not helped.</summary>
    private static readonly TimeSpan _restInVain = TimeSpan.FromSeconds(1);

    /// <summary>Between which less than half of one core was used.</summary>
    private const int IdleLooks = 2;

    /// <summary>
    /// Between which no connection has begun. Many: those that are busy have the cores for a round before they come to wait, which with ten
    /// thousand takes half a second.
    /// </summary>
    private const int LooksInVain = 25;

    /// <summary>
    /// How often it is asked how idle the cores are while connections begin, which mostly tells that it helps: the kernel adds up all threads for
    /// the answer, two milliseconds with ten thousand.
    /// </summary>
    private const int LooksWhileOthersBegin = 5;

    /// <summary>Longer than Kestrel waits for its connections to end.</summary>
    private static readonly TimeSpan _restAtEnd = TimeSpan.FromSeconds(30);

    [FieldOffset(0)]
    private readonly HoldGate _gate = new(longest);

    [FieldOffset(8)]
    private readonly TimeSpan _look = look;

    [FieldOffset(16)]
    private readonly Func<TimeSpan> _cpu = cpu;

    [FieldOffset(64)]
    private int _beginning;

    /// <summary>When a connection has begun last, or been accepted while all others had.</summary>
    [FieldOffset(72)]
    private long _moved;

    [FieldOffset(80)]
    private int _begun;

    /// <param name="longest">For how long connections are held back at most.</param>
    public RightOfWay(TimeSpan longest)
        : this(longest, _defaultLook, static () => Environment.CpuUsage.TotalTime)
    {
    }

    /// <summary>How many connections have been accepted and not begun.</summary>
    public int Beginning => Volatile.Read(ref _beginning);

    /// <summary>Where connections are held back.</summary>
    public HoldGate Gate => _gate;

    /// <summary>A connection has been accepted. <see cref="OnBegun"/> follows in any case.</summary>
    public void OnAccepted()
    {
        if (Beginning == 0)
        {
            Volatile.Write(ref _moved, Stopwatch.GetTimestamp());
        }

        Interlocked.Increment(ref _beginning);
    }

    /// <summary>Its thread has come to it, or never will.</summary>
    public void OnBegun()
    {
        Interlocked.Increment(ref _begun);
        Volatile.Write(ref _moved, Stopwatch.GetTimestamp());

        // The count first, then the look at the gate; who closes it does it the other way round.
        if (Interlocked.Decrement(ref _beginning) == 0)
        {
            _gate.LetGo();
        }
    }

    /// <summary>The server stops accepting: nobody is held back any more, as connections have to end.</summary>
    public void OnUnbound() => _gate.KeepOpen(_restAtEnd);

    /// <summary>A thread has come back from a yield.</summary>
    /// <param name="time">How long that took.</param>
    /// <returns>Whether it was held back.</returns>
    public bool OnYielded(TimeSpan time)
    {
        if (_gate.Pass())
        {
            return true;
        }

        if (Beginning == 0 || time < (HasPaused ? _queue : _longQueue) || !_gate.TryClose(out var hold))
        {
            return false;
        }

        if (Beginning == 0)
        {
            _gate.LetGo(hold, TimeSpan.Zero);
        }
        else
        {
            Watch(hold);
        }

        return true;
    }

    /// <summary>Whether no connection has begun for long.</summary>
    private bool HasPaused => Stopwatch.GetElapsedTime(Volatile.Read(ref _moved)) >= _longPause;

    /// <summary>Waits with the others, and looks whether that helps.</summary>
    private void Watch(long hold)
    {
        var begun = Volatile.Read(ref _begun);
        var (cpu, askedAt) = (_cpu(), Stopwatch.GetTimestamp());
        var (idle, inVain, looks) = (0, 0, 0);
        while (_gate.TryWaitForLook(hold, _look, out _))
        {
            var begunBefore = begun;
            begun = Volatile.Read(ref _begun);
            inVain = begun == begunBefore ? inVain + 1 : 0;
            if (inVain > 0 || ++looks == LooksWhileOthersBegin)
            {
                looks = 0;
                var (cpuBefore, askedBefore) = (cpu, askedAt);
                (cpu, askedAt) = (_cpu(), Stopwatch.GetTimestamp());
                idle = cpu - cpuBefore < Stopwatch.GetElapsedTime(askedBefore, askedAt) / 2 ? idle + 1 : 0;
            }

            if (Beginning == 0 || inVain == LooksInVain || idle == IdleLooks)
            {
                _gate.LetGo(hold, Beginning == 0 ? TimeSpan.Zero : _restInVain);
            }
        }
    }
}
