using Microsoft.Extensions.Logging.Abstractions;
using Support;
using ThreadTransport.Internal.Connections;
using ThreadTransport.Internal.Diagnostics;
using ThreadTransport.Internal.Overstay;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Tests.Threads;

/// <summary>Whether a turn waits for its connection's own thread or goes to a borrowed one. The own thread is one in name only.</summary>
public sealed class TurnSchedulerTests : IDisposable, IStay, ITurnOwner
{
    private readonly ThreadCache _cache = new(new ThreadTransportOptions(), new ThreadTransportLog(NullLogger.Instance));
    private readonly OverstayTick _tick;
    private readonly BorrowedThreads _borrowed;
    private readonly TurnScheduler _turns;
    private int _hired;

    public TurnSchedulerTests()
    {
        var table = new StayTable();
        var slot = table.Rent(this);
        Assert.True(slot.TryChange(slot.Word, StayWord.Next(slot.Word, StayWord.Running)));
        _tick = new OverstayTick(table, () => false, _ => { });
        _borrowed = new BorrowedThreads(_cache, 10, () => { }, _ => { });
        _turns = new TurnScheduler(slot, _tick, _borrowed, this);
        _turns.OnArrived(new ConnectionThread(_cache, null));
    }

    [Fact]
    public void Turn_WhileTheOwnThreadRuns_WaitsForIt()
    {
        _turns.Post(new Turn(_ => { }, null));

        Assert.Equal(0, _borrowed.Count);
        Assert.True(_turns.TryTake(out _));
    }

    [Fact]
    public void Turn_WhileTheOwnThreadIsStuck_IsLent()
    {
        _turns.Post(new Turn(_ => { }, null));
        _turns.OnStuck();

        Assert.Equal(1, _borrowed.Count);
    }

    [Fact]
    public void Turn_WhileAThreadRunsThatHasBeenStuck_IsLentAtOnce()
    {
        _turns.OnStuck();
        _turns.OnUnstuck();
        _turns.Post(new Turn(_ => { }, null));

        Assert.Equal(1, _borrowed.Count);
    }

    [Fact]
    public async Task Turn_AfterManyThatTheOwnThreadWasFreeFor_WaitsAgain()
    {
        _cache.Start();
        _turns.OnStuck();
        _turns.OnUnstuck();

        await TestTimeout.EventuallyAsync(
            () =>
            {
                _turns.Post(new Turn(_ => { }, null));
                return _turns.Summon();
            },
            "a turn waits for the own thread");
    }

    [Fact]
    public void Turns_BeforeTheOwnThreadHasCome_AskForItOnceAndWaitForIt()
    {
        var slot = new StayTable().Rent(this);
        var turns = new TurnScheduler(slot, _tick, _borrowed, this);

        turns.Post(new Turn(_ => { }, null));
        turns.Post(new Turn(_ => { }, null));

        Assert.Equal(1, _hired);
        Assert.Equal(0, _borrowed.Count);
        Assert.False(turns.TryForgo());
    }

    [Fact]
    public void Turn_WhereTheOwnThreadWillNotBeAskedFor_IsLent()
    {
        var slot = new StayTable().Rent(this);
        var turns = new TurnScheduler(slot, _tick, _borrowed, this);
        Assert.True(turns.TryForgo());

        // Before what it is lent for is known, and after.
        turns.Post(new Turn(_ => { }, null));
        turns.OnReleased();
        turns.Post(new Turn(_ => { }, null));

        Assert.Equal(0, _hired);
        Assert.Equal(1, _borrowed.Count);
        Assert.Equal(2, _borrowed.Waiting);
    }

    public bool OnOverstay(int word, int ticks) => true;

    void ITurnOwner.HireThread() => _hired++;

    void ITurnOwner.OnSummonedInTurn()
    {
    }

    void IStay.OnIdleLook()
    {
    }

    public void Dispose()
    {
        _tick.Dispose();
        _cache.Dispose();
    }
}
