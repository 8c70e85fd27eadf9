using System.Diagnostics;
using Support;
using ThreadTransport.Internal.Connections;
using ThreadTransport.Internal.Listening;
using ThreadTransport.Internal.Native;

namespace ThreadTransport.Tests.Threads;

/// <summary>Busy connections stand back after a collection where the cores have a queue, in no other case, and not for long.</summary>
public sealed class CollectionHoldTests
{
    private const string Why = "Without a futex, and on other systems than Linux, nobody is held back.";

    private static readonly TimeSpan _never = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan _queue = TimeSpan.FromMilliseconds(1);

    private int _collections;

    [Fact]
    public async Task Yield_WithoutACollection_HoldsNobody()
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        var hold = Create(_never, _never);

        Assert.False(hold.IsAlert);
        Assert.False(await YieldAsync(hold, _queue).Bounded());
    }

    [Fact]
    public async Task Yield_WithAQueueAfterACollection_HoldsAll()
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        var hold = Create(_never, _never);
        _collections++;
        var first = YieldAsync(hold, _queue);
        await TestTimeout.EventuallyAsync(() => hold.Gate.IsClosed, "connections to be held");
        var others = Enumerable.Range(0, 10).Select(_ => YieldAsync(hold, TimeSpan.Zero)).ToList();
        await TestTimeout.EventuallyAsync(() => hold.Gate.Held == 10, "the others to be held as well");
        Assert.DoesNotContain(others.Append(first), thread => thread.IsCompleted);

        hold.Gate.LetGo();

        await Task.WhenAll(others.Append(first)).Bounded();
        Assert.True(await first);
    }

    /// <summary>The time would tell of the collection, not of a queue.</summary>
    [Fact]
    public async Task Yield_DuringTheCollection_HoldsNobody()
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        var hold = Create(_never, _never);
        _collections++;
        var isHeld = true;

        await TestTimeout.OnOwnThreadAsync(() => isHeld = hold.OnYielded(_queue, collectionsBefore: 0)).Bounded();

        Assert.False(isHeld);
        Assert.True(hold.IsAlert);
    }

    [Fact]
    public async Task Yield_WithoutAQueueAfterACollection_HoldsNobodyAndForgetsIt()
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        var hold = Create(_never, _never);
        _collections++;

        await TestTimeout.EventuallyAsync(
            () => !hold.OnYielded(_queue - TimeSpan.FromTicks(1), _collections) && !hold.IsAlert, "the collection to be forgotten");

        Assert.False(await YieldAsync(hold, _queue).Bounded());
    }

    [Fact]
    public async Task Hold_WhenNobodyComesAnyMore_EndsAndSettlesTheCollection()
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        var hold = Create(_never, TimeSpan.FromMilliseconds(500));

        await HoldTwoAsync(hold);

        Assert.False(hold.Gate.IsClosed);
        Assert.False(hold.IsAlert);
    }

    /// <summary>Those that were stopped may not have come yet.</summary>
    [Fact]
    public async Task Hold_WhenNobodyHasComeAtAll_EndsAndMayBeginAgainForTheSameCollection()
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        var hold = Create(_never, _look);
        _collections++;

        Assert.True(await YieldAsync(hold, _queue).Bounded());

        Assert.False(hold.Gate.IsClosed);
        Assert.True(hold.IsAlert);
    }

    /// <summary>Those that were stopped may be behind what else wants the core.</summary>
    [Fact]
    public async Task Hold_WhenNobodyComesWhileOthersRun_EndsAndMayBeginAgainForTheSameCollection()
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        var hold = new CollectionHold(
            _never, TimeSpan.FromMilliseconds(200), () => Volatile.Read(ref _collections), static () => TimeSpan.FromMilliseconds(1));

        await HoldTwoAsync(hold);

        Assert.True(hold.IsAlert);
    }

    /// <summary>More have been stopped, and could not come meanwhile.</summary>
    [Fact]
    public async Task Hold_WhileCollectionsGoOn_GoesOn()
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        var collecting = true;
        CollectionHold? hold = null;
        hold = new CollectionHold(
            _never,
            _look,
            () => hold is { Gate.IsClosed: true } && Volatile.Read(ref collecting)
                ? Interlocked.Increment(ref _collections)
                : Volatile.Read(ref _collections),
            FreeCore);
        _collections++;
        var first = YieldAsync(hold, _queue);
        await TestTimeout.EventuallyAsync(() => Volatile.Read(ref _collections) > 20, "looks to have passed");
        Assert.True(hold.Gate.IsClosed);

        Volatile.Write(ref collecting, false);

        await first.Bounded();
        Assert.False(hold.Gate.IsClosed);
    }

    [Fact]
    public async Task Hold_WhileOthersCome_GoesOnUntilHardlyAnybodyDoes()
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        var look = TimeSpan.FromMilliseconds(200);
        var hold = Create(_never, look);
        _collections++;
        var began = Stopwatch.GetTimestamp();
        var first = YieldAsync(hold, _queue);
        await TestTimeout.EventuallyAsync(() => hold.Gate.IsClosed, "connections to be held");
        var others = new List<Task>();

        while (Stopwatch.GetElapsedTime(began) < look * 10)
        {
            await ComeAsync(2);
            await HavePassedAsync(look / 4);
        }

        Assert.True(hold.Gate.IsClosed);
        await ComeAsync(32);
        while (!first.IsCompleted)
        {
            // One at a time, each a look after the one before.
            await HavePassedAsync(look);
            others.Add(YieldAsync(hold, TimeSpan.Zero));
        }

        await Task.WhenAll(others).Bounded();

        async Task HavePassedAsync(TimeSpan time)
        {
            var last = Stopwatch.GetTimestamp();
            await TestTimeout.EventuallyAsync(() => first.IsCompleted || Stopwatch.GetElapsedTime(last) > time, "the time to pass");
        }

        async Task ComeAsync(int count)
        {
            var held = hold.Gate.Held;
            others.AddRange(Enumerable.Range(0, count).Select(_ => YieldAsync(hold, TimeSpan.Zero)));
            await TestTimeout.EventuallyAsync(() => hold.Gate.Held >= held + count || !hold.Gate.IsClosed, "others to come");
        }
    }

    [Fact]
    public async Task Hold_WhoseTimeIsOver_MayBeginAgainForTheSameCollection()
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        var hold = Create(TimeSpan.FromMilliseconds(20), _never);
        _collections++;

        Assert.True(await YieldAsync(hold, _queue).Bounded());

        Assert.False(hold.Gate.IsClosed);
        Assert.True(hold.IsAlert);
    }

    /// <summary>Where collections are frequent, holding back must not be.</summary>
    [Fact]
    public async Task Hold_AfterOneThatHasJustEnded_DoesNotBegin()
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        var hold = Create(_never, _look);
        _collections++;
        var began = Stopwatch.GetTimestamp();
        Assert.True(await YieldAsync(hold, _queue).Bounded());
        _collections++;

        var tooSoon = hold.Gate.TryClose(out _);

        Assert.True(!tooSoon || Stopwatch.GetElapsedTime(began) >= TimeSpan.FromMilliseconds(60));
        await TestTimeout.EventuallyAsync(() => tooSoon || hold.Gate.TryClose(out _), "the rest to be over");
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, 0)]
    public async Task Options_OneAgainstIt_LeaveTheOther(int forNew, int afterCollection)
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(o =>
        {
            o.HoldForNewConnections = TimeSpan.FromSeconds(forNew);
            o.HoldAfterCollection = TimeSpan.FromSeconds(afterCollection);
        }));

        var services = ((ThreadTransportFactory)harness.Factory).Services;
        Assert.Equal(forNew > 0, services.RightOfWay is not null);
        Assert.Equal(afterCollection > 0, services.CollectionHold is not null);
    }

    /// <summary>A yield that finds nobody to run. A real one would see what else the machine does.</summary>
    private static TimeSpan FreeCore() => TimeSpan.Zero;

    private CollectionHold Create(TimeSpan longest, TimeSpan look) => new(longest, look, () => Volatile.Read(ref _collections), FreeCore);

    /// <summary>After a collection one is held that looks, and one that comes by then.</summary>
    private async Task HoldTwoAsync(CollectionHold hold)
    {
        _collections++;
        var first = YieldAsync(hold, _queue);
        await TestTimeout.EventuallyAsync(() => hold.Gate.IsClosed, "connections to be held");
        var other = YieldAsync(hold, TimeSpan.Zero);
        Assert.True(await first.Bounded());
        Assert.True(await other.Bounded());
    }

    /// <summary>A thread of its own comes back from a yield that took a time.</summary>
    /// <returns>Whether it was held back.</returns>
    private async Task<bool> YieldAsync(CollectionHold hold, TimeSpan time)
    {
        var isHeld = false;
        await TestTimeout.OnOwnThreadAsync(() => isHeld = hold.OnYielded(time, _collections));
        return isHeld;
    }
}
