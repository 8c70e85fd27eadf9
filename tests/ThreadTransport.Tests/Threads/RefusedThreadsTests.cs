using System.Buffers;
using System.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Support;
using ThreadTransport.Internal.Diagnostics;
using ThreadTransport.Internal.Listening;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Tests.Threads;

/// <summary>While the operating system has no room for another thread, new connections end at once and old ones wait at worst.</summary>
[Trait("Promise", "P8")]
public sealed class RefusedThreadsTests
{
    [Fact]
    public async Task ForLong_WithATurnThatWaits_EveryNewConnectionEndsAndTheTurnRunsLater()
    {
        const int Refused = 30;
        var refuses = false;
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(o =>
        {
            var start = o.StartThread;
            o.StartThread = (thread, stackSize) =>
            {
                if (Volatile.Read(ref refuses))
                {
                    throw new InvalidOperationException("no room");
                }

                start(thread, stackSize);
            };
        }));
        var (connection, client) = await harness.ConnectAsync();
        var handler = EchoBlockingAsync();
        await client.SendAsync("1");
        await client.ReceiveExactlyAsync(1);

        // The handler's thread is blocked in a read from now on, and so what completes that read needs a borrowed one.
        Volatile.Write(ref refuses, true);
        await client.SendAsync("2");
        await Task.WhenAll(Enumerable.Range(0, Refused).Select(async _ =>
        {
            using var refused = await harness.ConnectClientAsync();
            await using var accepted = await harness.AcceptAsync();
            await refused.ReceiveToAnyEndAsync();
        }));

        Volatile.Write(ref refuses, false);
        await client.ReceiveExactlyAsync(1);
        client.ShutdownSend();
        await handler.Bounded();
        Assert.Contains(harness.Log.Events, e => e.Level == LogLevel.Warning && e.Message.Contains("no room", StringComparison.Ordinal));

        async Task EchoBlockingAsync()
        {
            var (input, output) = (connection.Transport.Input, connection.Transport.Output);
            var result = await input.ReadAsync();
            while (!result.IsCompleted)
            {
                output.Write(result.Buffer.ToArray());
                input.AdvanceTo(result.Buffer.End);
                output.FlushAsync().AsTask().Wait();
                result = input.ReadAsync().AsTask().Result;
            }
        }
    }

    [Fact]
    public async Task OfAConnection_IsHeardOfOnThePool_AndTakesAPermitUntilTheApplicationLetsGo()
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(o =>
        {
            o.MaxConnections = 2;
            o.StartThread = (_, _) => throw new InvalidOperationException("no room");
        }));
        var factory = (ThreadTransportFactory)harness.Factory;
        var admission = factory.Admission;
        var (first, _) = await harness.ConnectAsync();
        var (second, _) = await harness.ConnectAsync();

        foreach (var connection in (ConnectionContext[])[first, second])
        {
            await Assert.ThrowsAsync<ConnectionAbortedException>(() => connection.Transport.Input.ReadAsync().Bounded());
        }

        Assert.Equal(0, admission.Free);
        Assert.Equal(0, factory.Services.BorrowedByConnections.Waiting);
        await first.DisposeAsync().Bounded();
        await first.DisposeAsync().Bounded();
        await TestTimeout.EventuallyAsync(() => admission.Free == 1, "the first one's permit is back, once");
        await second.DisposeAsync().Bounded();
        await TestTimeout.EventuallyAsync(() => admission.Free == 2, "both permits are back");
    }

    [Fact]
    public async Task OfAConnection_KeepsTheNextOneInTheBacklogForAPause_AndNothingIsLost()
    {
        long refusedAt = 0;
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(o =>
        {
            var start = o.StartThread;
            o.StartThread = (thread, stackSize) =>
            {
                if (Interlocked.CompareExchange(ref refusedAt, Stopwatch.GetTimestamp(), 0) == 0)
                {
                    throw new InvalidOperationException("no room");
                }

                start(thread, stackSize);
            };
        }));
        var (_, first) = await harness.ConnectAsync();
        await first.ReceiveToAnyEndAsync();

        var (connection, second) = await harness.ConnectAsync();

        // A timer may be a little early.
        Assert.InRange(Stopwatch.GetElapsedTime(refusedAt), BackOff.First - TimeSpan.FromMilliseconds(20), TimeSpan.MaxValue);
        _ = Applications.EchoAsync(connection);
        await second.SendAsync("hello");
        Assert.Equal("hello", await second.ReceiveTextAsync(5));
    }

    [Fact]
    public void LogThrottle_LetsTheFirstThrough_AndCountsTheRest()
    {
        var throttle = new LogThrottle(TimeSpan.FromDays(1));

        Assert.True(throttle.TryPass(out var heldBack));
        Assert.Equal(0, heldBack);
        Assert.False(throttle.TryPass(out _));
        Assert.False(throttle.TryPass(out heldBack));
        Assert.Equal(1, heldBack);
    }
}
