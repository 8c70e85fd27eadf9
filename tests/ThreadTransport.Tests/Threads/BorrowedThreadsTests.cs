using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Support;
using ThreadTransport.Internal.Diagnostics;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Tests.Threads;

/// <summary>Few threads for many short turns, enough for turns that block, and never more than the ceiling.</summary>
public sealed class BorrowedThreadsTests : IDisposable
{
    private readonly ThreadCache _cache = new(new ThreadTransportOptions(), new ThreadTransportLog(NullLogger.Instance));

    [Fact]
    public async Task Turns_ThatBlock_GetAThreadEachUpToTheCeiling()
    {
        const int Max = 8;
        _cache.Start();
        var borrowed = Create(Max);
        using var gate = new ManualResetEventSlim();
        var borrower = new Borrower(() => gate.Wait(TestTimeout.Default));
        for (var i = 0; i < 100; i++)
        {
            borrowed.Lend(borrower);
        }

        await TestTimeout.EventuallyAsync(
            () =>
            {
                borrowed.Tick();
                Assert.InRange(borrowed.Count, 0, Max);
                return borrower.Entered == Max;
            },
            "as many turns run as there may be threads");
        gate.Set();
        await TestTimeout.EventuallyAsync(() => borrower.Entered == 100, "every turn has run");
    }

    [Fact]
    public async Task Turns_WhereTheyAreLong_GetAThreadEachAtOnceUpToTheCeiling()
    {
        const int Max = 8;
        _cache.Start();
        var borrowed = Create(Max);
        await RunAsync(borrowed, new Borrower(() => Thread.Sleep(20)), turns: 1);

        using var gate = new ManualResetEventSlim();
        var blocked = new Borrower(() => gate.Wait(TestTimeout.Default));
        for (var i = 0; i < 100; i++)
        {
            borrowed.Lend(blocked);
        }

        // There was no tick.
        await TestTimeout.EventuallyAsync(() => blocked.Entered == Max, "as many turns run as there may be threads");
        Assert.Equal(Max, borrowed.Count);
        gate.Set();
        await TestTimeout.EventuallyAsync(() => blocked.Entered == 100, "every turn has run");
    }

    [Fact]
    public async Task Turns_WhereTheyAreShort_DoNotGetAThreadEach()
    {
        _cache.Start();
        var borrowed = Create(100);
        await RunAsync(borrowed, new Borrower(() => Thread.Sleep(20)), turns: 1);
        await RunAsync(borrowed, new Borrower(() => { }), turns: 10_000);
        var before = borrowed.Count;

        using var gate = new ManualResetEventSlim();
        var blocked = new Borrower(() => gate.Wait(TestTimeout.Default));
        for (var i = 0; i < 100; i++)
        {
            borrowed.Lend(blocked);
        }

        // There was no tick.
        Assert.InRange(borrowed.Count, 1, Math.Max(before, 1));
        gate.Set();
        await TestTimeout.EventuallyAsync(() => blocked.Entered == 100, "every turn has run");
    }

    [Fact]
    public async Task Threads_ThatDoNotCome_AreNotAskedForAgainAndAgain()
    {
        // The cache has no spawner yet, so nothing that is asked for arrives.
        var borrowed = Create(1000);
        var borrower = new Borrower(() => { });
        for (var i = 0; i < 20; i++)
        {
            borrowed.Lend(borrower);
        }

        var counts = 0;
        await TestTimeout.EventuallyAsync(
            () =>
            {
                borrowed.Tick();
                Assert.InRange(borrowed.Count, 1, 20);
                return ++counts == 100;
            },
            "a hundred ticks");
        _cache.Start();
        await TestTimeout.EventuallyAsync(() => borrower.Entered == 20, "every turn has run");
    }

    [Fact]
    public async Task Turns_WhenTheCacheIsGone_RunOnThePool()
    {
        _cache.Start();
        _cache.Dispose();
        var borrowed = Create(4);
        var borrower = new Borrower(() => { });

        for (var i = 0; i < 10; i++)
        {
            borrowed.Lend(borrower);
        }

        await TestTimeout.EventuallyAsync(() => borrower.Entered == 10, "every turn has run");
        Assert.All(borrower.Threads, thread => Assert.True(thread.IsThreadPoolThread));
    }

    [Fact]
    public async Task Turns_ThatWaitWhenItCloses_RunOnThePool()
    {
        _cache.Start();
        var borrowed = Create(1);
        using var gate = new ManualResetEventSlim();
        var blocked = new Borrower(() => gate.Wait(TestTimeout.Default));
        borrowed.Lend(blocked);
        await TestTimeout.EventuallyAsync(() => blocked.Entered == 1, "the only thread is stuck");
        var borrower = new Borrower(gate.Set);
        borrowed.Lend(borrower);

        borrowed.Close();

        await TestTimeout.EventuallyAsync(() => borrower.Ended == 1 && blocked.Ended == 1, "both turns have run");
        Assert.True(borrower.Threads.Single().IsThreadPoolThread);
    }

    public void Dispose() => _cache.Dispose();

    private BorrowedThreads Create(int max) => new(_cache, max, () => { }, _ => { });

    private static async Task RunAsync(BorrowedThreads borrowed, Borrower borrower, int turns)
    {
        for (var i = 0; i < turns; i++)
        {
            borrowed.Lend(borrower);
        }

        await TestTimeout.EventuallyAsync(() => borrower.Ended == turns, "every turn has ended");
        await TestTimeout.EventuallyAsync(() => borrowed.Idle == borrowed.Count, "every thread is idle");
    }

    private sealed class Borrower(Action turn) : IBorrower
    {
        private int _entered;
        private int _ended;

        public int Entered => Volatile.Read(ref _entered);

        public int Ended => Volatile.Read(ref _ended);

        public ConcurrentBag<Thread> Threads { get; } = [];

        public void RunOneTurn(ConnectionThread thread) => RunOneTurnAnywhere();

        public void RunOneTurnAnywhere()
        {
            Threads.Add(Thread.CurrentThread);
            Interlocked.Increment(ref _entered);
            turn();
            Interlocked.Increment(ref _ended);
        }
    }
}
