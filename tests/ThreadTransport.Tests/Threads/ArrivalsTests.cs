using ThreadTransport.Internal.Connections;

namespace ThreadTransport.Tests.Threads;

/// <summary>That those have come back whom a collection has stopped is seen by how many come in a time, not in a look.</summary>
public class ArrivalsTests
{
    private const int Before = 7_000;

    /// <summary>Looks as they were seen with ten thousand connections: long ones of a burst, then short ones of those that come one by one.</summary>
    [Fact]
    public void ShortLooks_AfterLongOnes_AreNoEbb()
    {
        var arrivals = new Arrivals(Before);
        var came = Before;
        LookAt(ref arrivals, came += 817, 5);
        LookAt(ref arrivals, came += 4_466, 38);

        for (var look = 0; look < 30; look++)
        {
            LookAt(ref arrivals, came += 140, 1);
            Assert.Equal(TimeSpan.Zero, arrivals.TimeAtEnd);
        }
    }

    [Fact]
    public void HardlyAnybody_InEightLooks_IsAnEbbAndMayNotBeTheEnd()
    {
        var arrivals = new Arrivals(Before);
        var came = Before;
        LookAt(ref arrivals, came += 160, 1);
        for (var look = 0; look < 7; look++)
        {
            LookAt(ref arrivals, came += 10, 1);
            Assert.Equal(TimeSpan.Zero, arrivals.TimeAtEnd);
        }

        LookAt(ref arrivals, came + 10, 1);

        Assert.Equal(TimeSpan.FromMilliseconds(8), arrivals.TimeAtEnd);
        Assert.False(arrivals.HaveStopped);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public void Nobody_InThreeLooks_IsTheEndIfSomebodyHadCome(int some)
    {
        var arrivals = new Arrivals(Before);
        var came = Before + some;
        for (var look = some == 0 ? 1 : 0; look < 3; look++)
        {
            LookAt(ref arrivals, came, 1);
            Assert.Equal(TimeSpan.Zero, arrivals.TimeAtEnd);
        }

        LookAt(ref arrivals, came, 1);

        Assert.Equal(TimeSpan.FromMilliseconds(3), arrivals.TimeAtEnd);
        Assert.Equal(some > 0, arrivals.HaveStopped);
    }

    /// <summary>They may be behind those that wait for a core; but not for ever, as these may be another program.</summary>
    [Fact]
    public void Nobody_WhileOthersRun_IsTheEndAfterEightLooks()
    {
        var arrivals = new Arrivals(Before);
        LookAt(ref arrivals, Before + 1, 1);
        for (var look = 0; look < 7; look++)
        {
            LookAt(ref arrivals, Before + 1, 5, othersRan: true);
            Assert.Equal(TimeSpan.Zero, arrivals.TimeAtEnd);
        }

        LookAt(ref arrivals, Before + 1, 5, othersRan: true);

        Assert.Equal(TimeSpan.FromMilliseconds(40), arrivals.TimeAtEnd);
        Assert.False(arrivals.HaveStopped);
    }

    [Fact]
    public void Nobody_WhileCollectionsGoOn_IsNotTheEnd()
    {
        var arrivals = new Arrivals(Before);
        for (var look = 0; look < 30; look++)
        {
            arrivals.Look(Before, TimeSpan.FromMilliseconds(1), goesOn: true, othersRan: false);
            Assert.Equal(TimeSpan.Zero, arrivals.TimeAtEnd);
        }
    }

    private static void LookAt(ref Arrivals arrivals, int came, int milliseconds, bool othersRan = false) =>
        arrivals.Look(came, TimeSpan.FromMilliseconds(milliseconds), goesOn: false, othersRan);
}
