using Microsoft.Extensions.Logging.Abstractions;
using Support;
using ThreadTransport.Internal.Diagnostics;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Tests.Threads;

/// <summary>What becomes of parked threads.</summary>
public sealed class ThreadCacheTests
{
    [Fact]
    public async Task Dispose_WithParkedThreads_EndsEveryOne()
    {
        const int Threads = 16;
        var cache = new ThreadCache(new ThreadTransportOptions(), new ThreadTransportLog(NullLogger.Instance));

        // These are parked for good: no time-out ends them in its place.
        cache.Start(ahead: Threads);
        await TestTimeout.EventuallyAsync(() => cache.Parked == Threads, "all threads are parked");

        cache.Dispose();

        await TestTimeout.EventuallyAsync(() => cache.Alive == 0, "all threads have ended");
    }

    [Fact]
    public async Task Run_WhileTheSpawnerIsHeldUp_HasThreadsThatAreNewCreateTheNext()
    {
        const int Works = 16;
        using var goOn = new ManualResetEventSlim();
        using var started = new CountdownEvent(Works);
        var options = new ThreadTransportOptions();
        var start = options.StartThread;
        var ofTheSpawner = 0;
        options.StartThread = (thread, stackSize) =>
        {
            // The spawner gets its turn before the first thread, and not again.
            if (Thread.CurrentThread.Name == "thread spawner")
            {
                Interlocked.Increment(ref ofTheSpawner);
                start(thread, stackSize);
                goOn.Wait(TestTimeout.Default);
                return;
            }

            start(thread, stackSize);
        };
        using var cache = new ThreadCache(options, new ThreadTransportLog(NullLogger.Instance));
        for (var i = 0; i < Works; i++)
        {
            cache.Run(new Work(started, goOn));
        }

        cache.Start();
        var all = started.Wait(TestTimeout.Default);
        goOn.Set();

        Assert.Equal(1, ofTheSpawner);
        Assert.True(all, $"{started.CurrentCount} of {Works} have no thread");
        await TestTimeout.EventuallyAsync(() => cache.Parked == Works, "all threads are parked");
    }

    [Fact]
    public async Task Threads_ThatDoNotArrive_AreAFew()
    {
        var asked = 0;
        var options = new ThreadTransportOptions { StartThread = (_, _) => Interlocked.Increment(ref asked) };
        var cache = new ThreadCache(options, new ThreadTransportLog(NullLogger.Instance));
        cache.Start(ahead: 10 * ThreadCache.MostStarting);
        await TestTimeout.EventuallyAsync(() => Volatile.Read(ref asked) == ThreadCache.MostStarting, "as many as may be are on their way");

        // Waits for the spawner.
        cache.Dispose();

        Assert.Equal(ThreadCache.MostStarting, asked);
    }

    [Fact]
    public async Task Refuse_ThatThrows_EndsNobody()
    {
        var options = new ThreadTransportOptions();
        var start = options.StartThread;
        var refuses = true;
        options.StartThread = (thread, stackSize) =>
        {
            if (Volatile.Read(ref refuses))
            {
                throw new InvalidOperationException("no room");
            }

            start(thread, stackSize);
        };
        using var log = new EventLog();
        using var cache = new ThreadCache(options, new ThreadTransportLog(log.CreateLogger("cache")));
        cache.Start();
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cache.Run(new Unwilling(refused));
        await refused.Task.Bounded();
        Volatile.Write(ref refuses, false);

        using var goOn = new ManualResetEventSlim(initialState: true);
        using var started = new CountdownEvent(1);
        cache.Run(new Work(started, goOn));

        Assert.True(started.Wait(TestTimeout.Default), "the spawner has ended");
        Assert.Contains(log.Events, e => e.Exception?.Message == "not even that");
    }

    /// <summary>Throws when it is refused.</summary>
    private sealed class Unwilling(TaskCompletionSource refused) : IThreadWork
    {
        public string Name => "an unwilling work";

        public void Run(ConnectionThread thread)
        {
        }

        public void OnRan(Exception? failure)
        {
        }

        public void Refuse(Exception reason)
        {
            refused.SetResult();
            throw new InvalidOperationException("not even that");
        }
    }

    private sealed class Work(CountdownEvent started, ManualResetEventSlim goOn) : IThreadWork
    {
        public string Name => "a work";

        public void Run(ConnectionThread thread)
        {
            started.Signal();

            // Held, so that each work needs a thread of its own.
            goOn.Wait(TestTimeout.Default);
        }

        public void OnRan(Exception? failure)
        {
        }

        public void Refuse(Exception reason)
        {
        }
    }
}
