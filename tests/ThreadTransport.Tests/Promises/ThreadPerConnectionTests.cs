using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Support;
using ThreadTransport.Internal.Listening;

namespace ThreadTransport.Tests.Promises;

/// <summary>P1: one thread per accepted socket, named, in the background, of the configured stack, and reused.</summary>
[Trait("Promise", "P1")]
[Collection(nameof(Alone))]
public sealed class ThreadPerConnectionTests
{
    private const int Megabyte = 1024 * 1024;

    [Fact]
    public async Task Connections_AllOpen_EachHasAThreadOfItsNameThatTheKernelKnows()
    {
        const int Count = 200;
        var threads = new ConcurrentDictionary<string, Thread>();
        await using var harness = await KestrelHarness.StartAsync(Transports.ThreadsWith(_ => { }), async connection =>
        {
            await connection.Transport.Input.ReadAsync();
            threads[connection.ConnectionId] = Thread.CurrentThread;
            await connection.Transport.Output.WriteAsync("y"u8.ToArray());
            await connection.ConnectionClosed.CancelledAsync();
        });
        var clients = await Task.WhenAll(Enumerable.Range(0, Count).Select(_ => harness.ConnectAsync()));
        foreach (var client in clients)
        {
            await client.SendAsync("x");
            await client.ReceiveExactlyAsync(1);
        }

        Assert.Equal(Count, threads.Count);
        Assert.Equal(Count, threads.Values.Distinct().Count());
        Assert.All(threads, pair => Assert.Equal(pair.Key, pair.Value.Name));
        Assert.All(threads.Values, thread => Assert.True(thread is { IsBackground: true, IsThreadPoolThread: false }));
        Assert.Subset(ProcessCounts.ThreadNames.ToHashSet(), threads.Keys.ToHashSet());
    }

    [Fact]
    public async Task Connection_WhoseApplicationWantsNothing_HasItsThreadAllTheSame()
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(_ => { }));
        var (connection, _) = await harness.ConnectAsync();

        await TestTimeout.EventuallyAsync(
            () => ProcessCounts.ThreadNames.Contains(connection.ConnectionId), "the kernel knows a thread of the connection's name");
    }

    [Fact]
    public async Task Connections_ThatEndBeforeTheirApplicationWantsAnything_GiveBackWhatTheyHad()
    {
        const int Count = 200;

        // No thread is used twice, so that the number of those created tells how many connections wanted one.
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(o => o.MaxCachedThreads = 0));
        var factory = (ThreadTransportFactory)harness.Factory;
        var before = factory.Admission.Free;
        for (var i = 0; i < Count; i++)
        {
            var (connection, client) = await harness.ConnectAsync();
            await connection.DisposeAsync().Bounded();
            await client.ReceiveToEndAsync();
        }

        await TestTimeout.EventuallyAsync(
            () => factory.Admission.Free == before && factory.Services.Stays.Rented == 0, "all permits and slots are back");
        Assert.InRange(factory.Services.Threads.Created, 0, Count / 2);
    }

    [Fact]
    public async Task Connections_OneAfterAnother_ReuseTheThread()
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(_ => { }));
        var services = ((ThreadTransportFactory)harness.Factory).Services;
        for (var i = 0; i < 50; i++)
        {
            var (connection, client) = await harness.ConnectAsync();
            var echo = Applications.EchoAsync(connection);
            await client.SendAsync("x");
            await client.ReceiveExactlyAsync(1);
            client.ShutdownSend();
            await echo.Bounded();
            await connection.DisposeAsync().Bounded();
            await TestTimeout.EventuallyAsync(() => services.Threads.Parked == 1, "the thread is parked");
        }

        Assert.Equal(1, services.Threads.Alive);
    }

    [Fact]
    public async Task MinThreads_Created_AreThereBeforeTheClientsAndStay()
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(o =>
        {
            o.MinThreads = 3;
            o.CachedThreadIdleTimeout = TimeSpan.Zero;
        }));
        var services = ((ThreadTransportFactory)harness.Factory).Services;
        await TestTimeout.EventuallyAsync(() => services.Threads.Parked == 3, "three threads are parked");
        var connections = new List<ConnectionContext>();
        for (var i = 0; i < 4; i++)
        {
            var (connection, client) = await harness.ConnectAsync();
            connections.Add(connection);
            _ = Applications.EchoAsync(connection);
            await client.SendAsync("x");
            await client.ReceiveExactlyAsync(1);
        }

        Assert.Equal(4, services.Threads.Created);
        foreach (var connection in connections)
        {
            connection.Abort();
            await connection.DisposeAsync().Bounded();
        }

        await TestTimeout.EventuallyAsync(() => services.Threads.Alive == 3, "the fourth has ended");
        await TestTimeout.EventuallyAsync(() => services.Threads.Parked == 3, "the others are parked");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task StackSize_OfEightMegabytes_HoldsARecursionThatNeedsFour(bool split)
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(o =>
        {
            o.StackSize = 8 * Megabyte;
            o.SplitAtStart = split;
        }));
        var (connection, client) = await harness.ConnectAsync();
        var used = UseStackAsync(connection, 4 * Megabyte);
        await client.SendAsync("x");

        Assert.InRange(await used.Bounded(), 4 * Megabyte, 8 * Megabyte);
    }

    [Theory]
    [InlineData(256 * 1024)]
    [InlineData(2 * Megabyte)]
    public async Task StackSize_AsConfigured_IsWhatTheThreadHasLeft(int size)
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(o => o.StackSize = size));
        var (connection, client) = await harness.ConnectAsync();
        var depth = StackThatIsLeftAsync(connection);
        await client.SendAsync("x");

        // Down to where the runtime wants no further recursion, which is at least 64 KB above the end. Up to four times the size,
        // because the C library may hand out a larger stack of a thread that has ended.
        Assert.InRange(await depth.Bounded(), size / 4, size * 4L);
    }

    [Fact]
    public async Task Thread_AfterATurnThatChangedItsSettings_IsCleanForTheNextConnection()
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(_ => { }));
        var services = ((ThreadTransportFactory)harness.Factory).Services;
        var local = new AsyncLocal<string>();
        var (first, firstClient) = await harness.ConnectAsync();
        var spoiled = OnThreadAsync(first, () =>
        {
            local.Value = "of the first";
            Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
            Thread.CurrentThread.IsBackground = false;
            SynchronizationContext.SetSynchronizationContext(new SynchronizationContext());
            return Thread.CurrentThread;
        });
        await firstClient.SendAsync("x");
        var firstThread = await spoiled.Bounded();
        await first.DisposeAsync().Bounded();
        await TestTimeout.EventuallyAsync(() => services.Threads.Parked == 1, "the thread is parked");

        var (second, secondClient) = await harness.ConnectAsync();
        var seen = OnThreadAsync(second, () =>
        {
            var thread = Thread.CurrentThread;
            return (thread, local.Value, thread.Priority, thread.IsBackground, SynchronizationContext.Current);
        });
        await secondClient.SendAsync("x");

        Assert.Equal((firstThread, null, ThreadPriority.Normal, true, null), await seen.Bounded());
    }

    [Fact]
    public async Task Thread_AfterABareContinuationThatChangedItsContext_IsCleanForTheNextTurn()
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(_ => { }));
        var (connection, client) = await harness.ConnectAsync();
        var local = new AsyncLocal<string>();
        var spoiled = OnBareContinuation(connection, () =>
        {
            local.Value = "of the last turn";
            SynchronizationContext.SetSynchronizationContext(new SynchronizationContext());
            return Thread.CurrentThread;
        });
        await client.SendAsync("x");
        var thread = await spoiled.Bounded();

        var seen = OnBareContinuation(connection, () => (Thread.CurrentThread, local.Value, SynchronizationContext.Current));
        await client.SendAsync("y");

        Assert.Equal((thread, null, null), await seen.Bounded());
    }

    [Fact]
    public async Task ParkedThreads_OverTheLimit_End()
    {
        const int Count = 20;
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(o => o.MaxCachedThreads = 5));
        var services = ((ThreadTransportFactory)harness.Factory).Services;
        var connections = await ConnectAsync(harness, Count);

        await TestTimeout.EventuallyAsync(() => services.Threads.Alive == Count, "all threads run");
        await Task.WhenAll(connections.Select(connection => connection.DisposeAsync().Bounded()));

        await TestTimeout.EventuallyAsync(() => services.Threads is { Alive: 5, Parked: 5 }, "five threads are left");
    }

    [Fact]
    public async Task ParkedThreads_WhoseTimeIsUp_End()
    {
        await using var harness = await TransportHarness.BindAsync(
            Transports.ThreadsWith(o => o.CachedThreadIdleTimeout = TimeSpan.FromMilliseconds(20)));
        var services = ((ThreadTransportFactory)harness.Factory).Services;
        var connections = await ConnectAsync(harness, 20);

        await Task.WhenAll(connections.Select(connection => connection.DisposeAsync().Bounded()));

        await TestTimeout.EventuallyAsync(() => services.Threads is { Alive: 0, Parked: 0 }, "no thread is left");
    }

    [Fact]
    [Trait("Promise", "P8")]
    [Trait("Trap", "11")]
    public async Task Thread_ThatTheSystemRefuses_EndsItsConnectionOnly()
    {
        var refusals = 1;
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(o =>
        {
            var start = o.StartThread;
            o.StartThread = (thread, stackSize) =>
            {
                if (Interlocked.Decrement(ref refusals) >= 0)
                {
                    throw new InvalidOperationException("no room");
                }

                start(thread, stackSize);
            };
        }));
        var factory = (ThreadTransportFactory)harness.Factory;
        var before = factory.Admission.Free;
        var (refused, refusedClient) = await harness.ConnectAsync();

        await refusedClient.ReceiveToResetAsync();
        await refused.DisposeAsync().Bounded();
        await TestTimeout.EventuallyAsync(() => factory.Admission.Free == before, "the permit is back");
        Assert.Contains(
            harness.Log.Events,
            e => e.Level == LogLevel.Warning && e.Message.Contains(refused.ConnectionId, StringComparison.Ordinal));

        var (next, client) = await harness.ConnectAsync();
        var echo = Applications.EchoAsync(next);
        await client.SendAsync("x");
        await client.ReceiveExactlyAsync(1);
        client.ShutdownSend();
        await echo.Bounded();
    }

    private static async Task<List<ConnectionContext>> ConnectAsync(TransportHarness harness, int count)
    {
        var connections = new List<ConnectionContext>();
        while (connections.Count < count)
        {
            connections.Add((await harness.ConnectAsync()).Connection);
        }

        return connections;
    }

    private static async Task<T> OnThreadAsync<T>(ConnectionContext connection, Func<T> run)
    {
        var result = await connection.Transport.Input.ReadAsync();
        var value = run();
        connection.Transport.Input.AdvanceTo(result.Buffer.End);
        return value;
    }

    /// <summary>As a custom awaiter may register it: no context is captured for it, and none restored after it.</summary>
    private static Task<T> OnBareContinuation<T>(ConnectionContext connection, Func<T> run)
    {
        var value = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
#pragma warning disable CA2012 // It is awaited, only not by a method.
        var awaiter = connection.Transport.Input.ReadAsync().GetAwaiter();
#pragma warning restore CA2012
        awaiter.UnsafeOnCompleted(() =>
        {
            connection.Transport.Input.AdvanceTo(awaiter.GetResult().Buffer.End);
            value.SetResult(run());
        });
        return value.Task;
    }

    private static Task<long> UseStackAsync(ConnectionContext connection, long bytes) =>
        OnThreadAsync(connection, () => Recurse(Address(), bytes));

    private static Task<long> StackThatIsLeftAsync(ConnectionContext connection) =>
        OnThreadAsync(connection, () => RecurseWhileThereIsRoom(Address()));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe nint Address()
    {
        byte here;
        return (nint)(&here);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    private static long Recurse(nint top, long bytes)
    {
        var used = (long)(top - Address());
        return used >= bytes || !RuntimeHelpers.TryEnsureSufficientExecutionStack() ? used : Math.Max(Recurse(top, bytes), used);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    private static long RecurseWhileThereIsRoom(nint top)
    {
        var used = (long)(top - Address());
        return RuntimeHelpers.TryEnsureSufficientExecutionStack() ? Math.Max(RecurseWhileThereIsRoom(top), used) : used;
    }
}
