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
            Assert.Equal(0, arrivals.LooksAtEnd);
        }
    }

    [Fact]
    public void HardlyAnybody_InEightLooks_IsAnEbbAndMayNotBeTheEnd()
    {
        var arrivals = new Arrivals(Before);
        var came = Before;
        LookAt(ref arrivals, came += 140, 1);
        for (var look = 0; look < 7; look++)
        {
            LookAt(ref arrivals, came += 17, 1);
            Assert.Equal(0, arrivals.LooksAtEnd);
        }

        LookAt(ref arrivals, came + 17, 1);

        Assert.Equal(8, arrivals.LooksAtEnd);
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
            Assert.Equal(0, arrivals.LooksAtEnd);
        }

        LookAt(ref arrivals, came, 1);

        Assert.Equal(3, arrivals.LooksAtEnd);
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
            Assert.Equal(0, arrivals.LooksAtEnd);
        }

        LookAt(ref arrivals, Before + 1, 5, othersRan: true);

        Assert.Equal(8, arrivals.LooksAtEnd);
        Assert.False(arrivals.HaveStopped);
    }

    [Fact]
    public void Nobody_WhileCollectionsGoOn_IsNotTheEnd()
    {
        var arrivals = new Arrivals(Before);
        for (var look = 0; look < 30; look++)
        {
            arrivals.Look(Before, TimeSpan.FromMilliseconds(1), goesOn: true, othersRan: false);
            Assert.Equal(0, arrivals.LooksAtEnd);
        }
    }

    private static void LookAt(ref Arrivals arrivals, int came, int milliseconds, bool othersRan = false) =>
        arrivals.Look(came, TimeSpan.FromMilliseconds(milliseconds), goesOn: false, othersRan);
}
