using Support;
using ThreadTransport.Internal.Connections;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Tests.Threads;

/// <summary>
/// Threads yield while that pays, and hardly ever while it does not; never before the first two receives of a connection, here its very first
/// and one of the messages that are counted.
/// </summary>
public sealed class YieldPaceTests
{
    private YieldPace _pace = new(new TimeSlice(TimeSpan.Zero));

    [Fact]
    public void Yields_ThatFindTheNextMessage_AreBeforeEachReceive()
    {
        Assert.Equal(1, Yields(messages: 2, finds: true));

        Assert.Equal(999, Yields(messages: 1_000, finds: true));
    }

    [Fact]
    public void Yields_ThatFindNothing_AreBeforeOneReceiveOf64()
        => Assert.Equal(100, Yields(messages: 6_400, finds: false));

    [Fact]
    public void Yields_ThatFindNothingAnyMore_AreGivenUpSoon()
    {
        Yields(messages: 10_000, finds: true);

        Assert.InRange(Yields(messages: 6_400, finds: false), 100, 150);
    }

    [Fact]
    public void Yields_ThatFindTheNextMessageAgain_AreBeforeEachReceiveSoon()
    {
        Yields(messages: 10_000, finds: false);
        Yields(messages: 3_200, finds: true);

        Assert.Equal(999, Yields(messages: 1_000, finds: true));
    }

    [Fact]
    public async Task Yields_OfThreadsWithAShortSlice_AreBeforeEachReceive()
    {
        var slice = new TimeSlice(TimeSpan.FromMicroseconds(500));
        await TestTimeout.OnOwnThreadAsync(slice.Ask);
        Assert.SkipUnless(slice.IsKept, TimeSliceTests.Why);
        _pace = new YieldPace(slice);

        Assert.Equal(999, Yields(messages: 1_000, finds: false));
    }

    /// <returns>Before how many of the messages, the first being a connection's second, its thread yields.</returns>
    private int Yields(int messages, bool finds)
    {
        var yields = 0;
        for (var receipts = 1; receipts <= messages; receipts++)
        {
            if (!YieldPace.IsBusy(receipts) || !_pace.ShouldYield(receipts))
            {
                continue;
            }

            yields++;
            if (finds)
            {
                _pace.OnFound();
            }
            else
            {
                _pace.OnMissed();
            }
        }

        return yields;
    }
}
