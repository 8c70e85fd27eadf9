using System.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Support;
using ThreadTransport.Internal.Connections;
using ThreadTransport.Internal.Listening;

namespace ThreadTransport.Tests.Threads;

/// <summary>Threads look for the next message while that finds it, not for long, and not many of them.</summary>
public sealed class ReceiveSpinTests
{
    private static readonly long _microsecond = Stopwatch.Frequency / 1_000_000;

    private readonly SpinLimit _limit = new(TimeSpan.FromMicroseconds(50), most: 1);
    private long _now = 1;

    [Fact]
    public void Spin_ThatFindsTheNextMessage_IsBeforeEachReceive()
    {
        var spin = new ReceiveSpin(_limit);

        Assert.Equal(1, Receive(ref spin, from: 1, count: 3, comesAfter: 20));
        Assert.Equal(100, Receive(ref spin, from: 4, count: 100, comesAfter: 20));
        Assert.Equal(0, _limit.Inside);
    }

    [Fact]
    public void Spin_ThatFindsNothing_IsBeforeOneReceiveOf16()
    {
        var spin = new ReceiveSpin(_limit);

        Assert.Equal(10, Receive(ref spin, from: 1, count: 160, comesAfter: 1_000));
        Assert.Equal(0, _limit.Inside);
    }

    [Fact]
    public void Spin_ThatFindsNothingAnyMore_IsGivenUpSoon()
    {
        var spin = new ReceiveSpin(_limit);
        Receive(ref spin, from: 1, count: 100, comesAfter: 20);

        Assert.InRange(Receive(ref spin, from: 101, count: 160, comesAfter: 1_000), 10, 20);
    }

    [Fact]
    public void Spin_ThatFindsTheNextMessageAgain_IsBeforeEachReceiveAgain()
    {
        var spin = new ReceiveSpin(_limit);
        Receive(ref spin, from: 1, count: 160, comesAfter: 1_000);
        Receive(ref spin, from: 161, count: 160, comesAfter: 20);

        Assert.Equal(100, Receive(ref spin, from: 321, count: 100, comesAfter: 20));
    }

    [Fact]
    public void Spin_ThatFindsNothing_EndsAfterItsTime()
    {
        var spin = new ReceiveSpin(_limit);
        var began = _now;
        while (spin.OnNothingFound(_now))
        {
            _now += _microsecond;
        }

        Assert.Equal(50 * _microsecond, _now - began);
    }

    [Fact]
    public void Spin_WhileOthersWantTheCore_EndsWithTheFirstLook()
    {
        var spin = new ReceiveSpin(_limit);

        Assert.True(spin.OnNothingFound(_now));
        Assert.False(spin.OnNothingFound(_now + (6 * _microsecond)));
        Assert.Equal(0, _limit.Inside);
    }

    [Fact]
    public void Spin_WhileAnotherThreadSpins_EndsWithTheFirstLook()
    {
        var first = new ReceiveSpin(_limit);
        var second = new ReceiveSpin(_limit);
        Assert.True(first.OnNothingFound(_now));
        Assert.Equal(0, _limit.Inside);
        Assert.True(first.OnNothingFound(_now));
        Assert.Equal(1, _limit.Inside);

        Assert.True(second.OnNothingFound(_now));
        Assert.False(second.OnNothingFound(_now));

        first.OnFound();
        Assert.True(second.OnNothingFound(_now));
        Assert.True(second.OnNothingFound(_now));
        second.OnFound();
        Assert.Equal(0, _limit.Inside);
    }

    [Fact]
    public void Spin_WithoutALimit_NeverPays()
    {
        var spin = new ReceiveSpin(null);

        Assert.All(Enumerable.Range(0, 64), receipts => Assert.False(spin.Pays(receipts)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Connections_ThatEnd_LeaveNobodyInside(bool abort)
    {
        const int Clients = 8;
        await using var harness = await TransportHarness.BindAsync(
            Transports.ThreadsWith(o => o.SpinBeforeReceive = TimeSpan.FromMilliseconds(1)));
        var limit = ((ThreadTransportFactory)harness.Factory).Services.SpinLimit;
        Assert.SkipUnless(limit is not null, "Only on Linux threads spin.");
        var connected = new List<(ConnectionContext Connection, TestClient Client)>();
        while (connected.Count < Clients)
        {
            connected.Add(await harness.ConnectAsync());
        }

        await Task.WhenAll(connected.Select(async pair =>
        {
            var (connection, client) = pair;
            var echo = Applications.EchoAsync(connection);
            for (var i = 0; i < 200; i++)
            {
                await client.SendAsync("x");
                await client.ReceiveExactlyAsync(1);
            }

            if (abort)
            {
                connection.Abort();
            }
            else
            {
                client.ShutdownSend();
            }

            // Ends by an exception where it was aborted.
            await Task.WhenAny(echo).Bounded();
            await connection.DisposeAsync().Bounded();
        }));

        await TestTimeout.EventuallyAsync(() => limit.Inside == 0, "nobody spins any more");
    }

    [Fact]
    public async Task Connection_ThatEchoes_IsSeenToSpin()
    {
        await using var harness = await TransportHarness.BindAsync(
            Transports.ThreadsWith(o => o.SpinBeforeReceive = TimeSpan.FromMilliseconds(1)));
        var limit = ((ThreadTransportFactory)harness.Factory).Services.SpinLimit;
        Assert.SkipUnless(limit is not null, "Only on Linux threads spin.");
        var (connection, client) = await harness.ConnectAsync();
        _ = Applications.EchoAsync(connection);
        using var ended = new CancellationTokenSource(TestTimeout.Default);
        var isSeen = false;
        var watch = TestTimeout.OnOwnThreadAsync(() =>
        {
            while (!isSeen && !ended.IsCancellationRequested)
            {
                isSeen = limit.Inside == 1;
            }
        });

        while (!watch.IsCompleted)
        {
            await client.SendAsync("x");
            await client.ReceiveExactlyAsync(1);
        }

        await watch;
        Assert.True(isSeen);
    }

    /// <returns>Before how many of the receives the thread spins.</returns>
    private int Receive(ref ReceiveSpin spin, int from, int count, int comesAfter)
    {
        var spins = 0;
        for (var receipts = from; receipts < from + count; receipts++)
        {
            var began = _now;
            var spun = false;
            while (_now - began < comesAfter * _microsecond && spin.Pays(receipts) && spin.OnNothingFound(_now))
            {
                spun = true;
                _now += _microsecond;
            }

            spin.OnFound();
            spins += spun ? 1 : 0;
        }

        return spins;
    }
}
