using System.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Support;
using ThreadTransport.Internal.Connections;
using ThreadTransport.Internal.Listening;
using ThreadTransport.Internal.Native;

namespace ThreadTransport.Tests.Threads;

/// <summary>Busy connections stand back for new ones where the cores have a queue, in no other case, and not for long.</summary>
public sealed class RightOfWayTests
{
    private const string Why = "Without a futex, and on other systems than Linux, nobody is held back.";

    private static readonly TimeSpan _never = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan _longQueue = TimeSpan.FromMilliseconds(6);
    private static readonly TimeSpan _shortQueue = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task Yield_WhileNoConnectionBegins_HoldsNobody()
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        var way = Create(_never, _never);
        way.OnAccepted();
        way.OnBegun();

        Assert.False(await YieldAsync(way, _longQueue).Bounded());

        Assert.False(way.Gate.IsClosed);
    }

    [Fact]
    public async Task Yield_WithoutAQueue_HoldsNobody()
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        var way = Create(_never, _never);
        way.OnAccepted();
        await HavePassedAsync(way, TimeSpan.FromMilliseconds(25));

        Assert.False(await YieldAsync(way, TimeSpan.FromMicroseconds(100)).Bounded());

        Assert.False(way.Gate.IsClosed);
    }

    [Fact]
    public async Task Yield_WithALongQueue_HoldsAllUntilTheLastHasBegun()
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        var way = Create(_never, _never);
        way.OnAccepted();
        way.OnAccepted();
        var first = YieldAsync(way, _longQueue);
        await TestTimeout.EventuallyAsync(() => way.Gate.IsClosed, "connections to be held");
        var others = Enumerable.Range(0, 10).Select(_ => YieldAsync(way, TimeSpan.Zero)).ToList();
        await TestTimeout.EventuallyAsync(() => way.Gate.Held == 10, "the others to be held as well");

        way.OnBegun();
        Assert.True(way.Gate.IsClosed);
        Assert.DoesNotContain(others.Append(first), thread => thread.IsCompleted);
        way.OnBegun();

        await Task.WhenAll(others.Append(first)).Bounded();
        Assert.False(way.Gate.IsClosed);
    }

    [Fact]
    public async Task Yield_WithAShortQueue_HoldsOnceNoneHasBegunForLong()
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        var way = Create(_never, _never);
        way.OnAccepted();
        await HavePassedAsync(way, TimeSpan.FromMilliseconds(25));

        var held = YieldAsync(way, _shortQueue);
        await TestTimeout.EventuallyAsync(() => way.Gate.IsClosed, "connections to be held");
        way.OnBegun();

        await held.Bounded();
    }

    /// <summary>After its time, and while the cores are idle.</summary>
    [Theory]
    [InlineData(2_000, 600_000)]
    [InlineData(600_000, 1)]
    public async Task Hold_ForLongOrInVain_EndsAndRests(int longestMilliseconds, int lookMilliseconds)
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        var way = Create(TimeSpan.FromMilliseconds(longestMilliseconds), TimeSpan.FromMilliseconds(lookMilliseconds));
        way.OnAccepted();

        Assert.True(await YieldAsync(way, _longQueue).Bounded());
        Assert.False(await YieldAsync(way, _longQueue).Bounded());

        Assert.False(way.Gate.IsClosed);
        Assert.Equal(1, way.Beginning);
    }

    [Fact]
    public async Task Hold_OnBusyCoresWhereNoneBegins_Ends()
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        var began = Stopwatch.GetTimestamp();
        var way = new RightOfWay(_never, TimeSpan.FromMilliseconds(1), () => Stopwatch.GetElapsedTime(began));
        way.OnAccepted();

        Assert.True(await YieldAsync(way, _longQueue).Bounded());

        Assert.Equal(1, way.Beginning);
    }

    /// <summary>Others begin in each look; but the cores are free for them anyway, so that holding back does not help.</summary>
    [Fact]
    public async Task Hold_OnIdleCoresWhileOthersBegin_Ends()
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        var way = Create(_never, TimeSpan.FromMilliseconds(200));
        way.OnAccepted();
        var held = YieldAsync(way, _longQueue);

        await TestTimeout.EventuallyAsync(
            () =>
            {
                way.OnAccepted();
                way.OnBegun();
                return held.IsCompleted;
            },
            "the hold to end");

        Assert.True(await held);
        Assert.Equal(1, way.Beginning);
    }

    [Fact]
    public async Task Hold_AfterTheServerHasStoppedAccepting_DoesNotBegin()
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        var way = Create(_never, _never);
        way.OnAccepted();

        way.OnUnbound();

        Assert.False(await YieldAsync(way, _longQueue).Bounded());
    }

    [Fact]
    public async Task Hold_WhenTheServerStopsAccepting_Ends()
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        var way = Create(_never, _never);
        way.OnAccepted();
        var held = YieldAsync(way, _longQueue);
        await TestTimeout.EventuallyAsync(() => way.Gate.IsClosed, "connections to be held");

        way.OnUnbound();

        Assert.True(await held.Bounded());
        Assert.False(await YieldAsync(way, _longQueue).Bounded());
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task Options_AgainstIt_HoldNobody(int seconds, bool yields)
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(o =>
        {
            o.HoldForNewConnections = TimeSpan.FromSeconds(seconds);
            o.HoldAfterCollection = TimeSpan.FromSeconds(seconds);
            o.YieldBeforeReceive = yields;
        }));

        var services = ((ThreadTransportFactory)harness.Factory).Services;
        Assert.Null(services.RightOfWay);
        Assert.Null(services.CollectionHold);
    }

    [Fact]
    public async Task Connection_ThatIsBusy_StandsBackBeforeItsNextReceive()
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        await using var harness = await TransportHarness.BindAsync(
            Transports.ThreadsWith(o =>
            {
                o.HoldForNewConnections = TimeSpan.FromSeconds(10);
                o.HoldAfterCollection = TimeSpan.Zero;
            }));
        var way = ((ThreadTransportFactory)harness.Factory).Services.RightOfWay!;
        var (connection, client) = await harness.ConnectAsync();
        var echo = Applications.EchoAsync(connection);
        await EchoAsync(client);
        await TestTimeout.EventuallyAsync(() => way.Beginning == 0, "all to have begun");

        var stop = false;
        var busy = Task.Run(async () =>
        {
            while (!Volatile.Read(ref stop))
            {
                await EchoAsync(client);
            }
        });
        way.OnAccepted();
        var held = way.Gate.Held;
        var hold = YieldAsync(way, _longQueue);
        await TestTimeout.EventuallyAsync(
            () =>
            {
                if (hold.IsCompleted)
                {
                    // It came too late, or not at all yet.
                    hold = YieldAsync(way, _longQueue);
                }

                return way.Gate.Held != held;
            },
            "the busy connection to stand back");

        way.OnBegun();
        Volatile.Write(ref stop, true);
        await Task.WhenAll(hold, busy).Bounded();
        client.Dispose();
        await echo.Bounded();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connection_HoweverItEnds_HasBegunOnce(bool splitAtStart)
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(o => o.SplitAtStart = splitAtStart));
        var way = ((ThreadTransportFactory)harness.Factory).Services.RightOfWay!;

        for (var i = 0; i < 5; i++)
        {
            var (echoing, client) = await harness.ConnectAsync();
            var echo = Applications.EchoAsync(echoing);
            await EchoAsync(client);
            client.Dispose();
            await echo.Bounded();

            // One whose application never wants anything of it, and one that is reset before it does.
            var (unused, _) = await harness.ConnectAsync();
            await unused.DisposeAsync().Bounded();
            var (aborted, _) = await harness.ConnectAsync();
            aborted.Abort(new ConnectionAbortedException("The test wants it to."));
        }

        // Who had begun twice would be missing here.
        await TestTimeout.EventuallyAsync(() => way.Beginning == 0, "all to have begun");
    }

    private static async Task EchoAsync(TestClient client)
    {
        await client.SendAsync("x");
        await client.ReceiveExactlyAsync(1);
    }

    /// <summary>On cores that have nothing to do.</summary>
    private static RightOfWay Create(TimeSpan longest, TimeSpan look) => new(longest, look, static () => TimeSpan.Zero);

    /// <summary>A thread of its own comes back from a yield that took a time.</summary>
    /// <returns>Whether it was held back.</returns>
    private static async Task<bool> YieldAsync(RightOfWay way, TimeSpan time)
    {
        var isHeld = false;
        await TestTimeout.OnOwnThreadAsync(() => isHeld = way.OnYielded(time));
        return isHeld;
    }

    private static async Task HavePassedAsync(RightOfWay way, TimeSpan time)
    {
        var began = Stopwatch.GetTimestamp();
        await TestTimeout.EventuallyAsync(() => way.Beginning == 1 && Stopwatch.GetElapsedTime(began) > time, "the time to pass");
    }
}
