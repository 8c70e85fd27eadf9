using System.Runtime.InteropServices;
using ThreadTransport.Internal.Native;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Internal.Connections;

/// <summary>
/// Whether it pays for connections' threads to yield before they receive. It does while their next messages mostly are there
/// afterwards, so that they need not sleep and nobody has to wake them. Shared by all connections, because one alone would learn too
/// slowly, and apart from everything else that is written, because all of them read it. Any thread; what gets lost where two write at
/// once does not matter.
/// </summary>
/// <remarks>
/// To the scheduler a yield gives up the rest of the thread's slice (Linux 6.18), so beside threads that sleep, or other programs, those
/// that yield fall behind by as much for each message. With a short slice that is little, and then all do it always: among threads of which
/// some yield, these are served late.
/// </remarks>
/// <param name="slice">The threads' slice.</param>
/// <param name="rightOfWay">Null where new connections have to wait for their share of the cores.</param>
/// <param name="collectionHold">Null where those have to that a collection has stopped.</param>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal sealed class YieldPace(TimeSlice slice, RightOfWay? rightOfWay = null, CollectionHold? collectionHold = null)
{
    /// <summary>Often enough to notice that yielding pays again, and seldom enough that it costs nothing while it does not.</summary>
    private const int ReceiptsToProbe = 64;

    /// <summary>Before the third receive of a connection: one that sends once and closes has no more than two.</summary>
    private const int FirstProbe = 2;

    /// <summary>How far found and missed messages may outweigh each other: what was usual is forgotten after as many.</summary>
    private const int MaxScore = 32;

    [FieldOffset(8)]
    private readonly RightOfWay? _rightOfWay = rightOfWay;

    [FieldOffset(16)]
    private readonly CollectionHold? _collectionHold = collectionHold;

    [FieldOffset(64)]
    private int _score;

    /// <summary>
    /// The threads' slice. Asked for when a connection comes to its third receive: threads with a short one interrupt those that accept and
    /// begin connections more often, and connections that end before need none.
    /// </summary>
    [field: FieldOffset(0)]
    public TimeSlice Slice { get; } = slice;

    /// <summary>Whether a connection has received enough for its thread to have a <see cref="Slice"/>, and to yield.</summary>
    /// <param name="receipts">How many messages it has received.</param>
    public static bool IsBusy(int receipts) => (uint)receipts >= FirstProbe;

    /// <summary>Whether a thread should yield before its next receive, and tell afterwards what came of it.</summary>
    /// <param name="receipts">How many messages its connection has received, which is busy.</param>
    public bool ShouldYield(int receipts) =>
        Slice.IsKept || Volatile.Read(ref _score) > 0 || (uint)receipts % ReceiptsToProbe == FirstProbe;

    /// <summary>
    /// Lets others run, for longer where they are worse off. The calling thread holds nothing that others wait for.
    /// </summary>
    public void Yield()
    {
        // Where only some yield these would be held back for all.
        var standsBack = Slice.IsKept || Volatile.Read(ref _score) > 0;
        if (standsBack && (_rightOfWay is { Beginning: > 0 } || _collectionHold is { IsAlert: true }))
        {
            YieldForOthers();
            return;
        }

        Libc.Yield();
        if (standsBack)
        {
            // Closed since it was asked, a thread would be behind those that are held by a message.
            _ = Pass();
        }
    }

    /// <summary>After a yield the next message was there.</summary>
    public void OnFound()
    {
        if (_score < MaxScore && !Slice.IsKept)
        {
            _score++;
        }
    }

    /// <summary>After a yield it was not.</summary>
    public void OnMissed()
    {
        if (_score > -MaxScore && !Slice.IsKept)
        {
            _score--;
        }
    }

    private void YieldForOthers()
    {
        if (Pass())
        {
            return;
        }

        var collections = _collectionHold?.Collections ?? 0;
        var time = Libc.TimedYield();
        if (_rightOfWay?.OnYielded(time) != true)
        {
            _ = _collectionHold?.OnYielded(time, collections);
        }
    }

    /// <summary>Waits while others are to go first, at both gates.</summary>
    /// <returns>Whether it had to.</returns>
    private bool Pass() => _rightOfWay?.Gate.Pass() == true | _collectionHold?.Gate.Pass() == true;
}
