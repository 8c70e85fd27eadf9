using ThreadTransport.Internal.Connections;

namespace ThreadTransport.Tests.Threads;

/// <summary>Threads yield while that pays, and hardly ever while it does not.</summary>
public sealed class YieldPaceTests
{
    private readonly YieldPace _pace = new();

    [Fact]
    public void Yields_ThatFindTheNextMessage_AreBeforeEachReceive()
    {
        Assert.Equal(1, Yields(messages: 2, finds: true));

        Assert.Equal(1_000, Yields(messages: 1_000, finds: true));
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

        Assert.Equal(1_000, Yields(messages: 1_000, finds: true));
    }

    /// <returns>Before how many of the messages, the first being a connection's second, its thread yields.</returns>
    private int Yields(int messages, bool finds)
    {
        var yields = 0;
        for (var receipts = 1; receipts <= messages; receipts++)
        {
            if (!_pace.ShouldYield(receipts))
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
