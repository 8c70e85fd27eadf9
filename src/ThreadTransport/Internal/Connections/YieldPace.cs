using System.Runtime.InteropServices;

namespace ThreadTransport.Internal.Connections;

/// <summary>
/// Whether it pays for connections' threads to yield before they receive. It does while their next messages mostly are there
/// afterwards, so that they need not sleep and nobody has to wake them. Shared by all connections, because one alone would learn too
/// slowly, and apart from everything else that is written, because all of them read it. Any thread; what gets lost where two write at
/// once does not matter.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal sealed class YieldPace
{
    /// <summary>Often enough to notice that yielding pays again, and seldom enough that it costs nothing while it does not.</summary>
    private const int ReceiptsToProbe = 64;

    /// <summary>Before the third receive of a connection: one that sends once and closes has no more than two.</summary>
    private const int FirstProbe = 2;

    /// <summary>How far found and missed messages may outweigh each other: what was usual is forgotten after as many.</summary>
    private const int MaxScore = 32;

    [FieldOffset(64)]
    private int _score;

    /// <summary>Whether a thread should yield before its next receive, and tell afterwards what came of it.</summary>
    /// <param name="receipts">How many messages its connection has received.</param>
    public bool ShouldYield(int receipts) => Volatile.Read(ref _score) > 0 || receipts % ReceiptsToProbe == FirstProbe;

    /// <summary>After a yield the next message was there.</summary>
    public void OnFound()
    {
        if (_score < MaxScore)
        {
            _score++;
        }
    }

    /// <summary>After a yield it was not.</summary>
    public void OnMissed()
    {
        if (_score > -MaxScore)
        {
            _score--;
        }
    }
}
