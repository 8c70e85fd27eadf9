using PipeClient.Tests.Servers;

namespace PipeClient.Tests;

public sealed class ClosedLoopTests
{
    private static readonly TimeSpan _short = TimeSpan.FromMilliseconds(200);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(100)]
    public async Task Messages_OnEachConnection_AreAsManyAsAskedFor(int pipeline)
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        var options = Loads.Options(server.Target, 7, 64) with { MessagesPerConnection = 50, Pipeline = pipeline };
        var result = await Loads.RunAsync(options);
        Loads.AssertMessages(result, 7 * 50);
        Assert.Equal((50, 50), (result.Fairness.Fewest, result.Fairness.Most));
        Assert.Equal((7 * 50 * 64, 7 * 50 * 64), (result.BytesSent, result.BytesReceived));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public async Task Total_OverAllConnections_IsMet(int pipeline)
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        var options = Loads.Options(server.Target, 7, 64) with { TotalMessages = 1001, Pipeline = pipeline };
        Loads.AssertMessages(await Loads.RunAsync(options), 1001);
    }

    [Fact]
    public async Task Total_OfFewerMessagesThanConnections_LeavesTheOthersIdle()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        Loads.AssertMessages(await Loads.RunAsync(Loads.Options(server.Target, 10, 64) with { TotalMessages = 3 }), 3);
    }

    [Fact]
    public async Task Total_AfterWarmUp_IsMetByWhatIsCounted()
    {
        var bytes = 0L;
        await using var server = TestServer.Start(Behaviour.EchoAndCount(count => Interlocked.Add(ref bytes, count)));
        var options = Loads.Options(server.Target, 5, 64) with { TotalMessages = 500, WarmUp = _short, Pipeline = 4 };
        var result = await Loads.RunAsync(options);
        Loads.AssertMessages(result, 500);
        Assert.InRange(Interlocked.Read(ref bytes), 501 * 64, long.MaxValue);
    }

    [Fact]
    public async Task Duration_WhenOver_EndsTheLoad()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        var result = await Loads.RunAsync(Loads.Options(server.Target, 5, 64) with { Duration = _short });
        Loads.AssertMessages(result, result.Messages);
        Assert.InRange(result.Messages, 1, long.MaxValue);
        Assert.InRange(result.MeasuredTime, _short * 0.9, Loads.Bound);
        Assert.Equal(TimeSpan.Zero, result.WarmUpTime);
    }

    [Fact]
    public async Task WarmUp_BeforeTheLoad_IsNotCounted()
    {
        var bytes = 0L;
        await using var server = TestServer.Start(Behaviour.EchoAndCount(count => Interlocked.Add(ref bytes, count)));
        var result = await Loads.RunAsync(Loads.Options(server.Target, 5, 64) with { Duration = _short, WarmUp = _short });
        Loads.AssertMessages(result, result.Messages);
        Assert.InRange(result.Messages, 1, Interlocked.Read(ref bytes) / 64 - 1);
        Assert.InRange(result.WarmUpTime, _short * 0.9, Loads.Bound);
    }

    [Fact]
    public async Task Pipeline_OfEight_HasEightUnderWay()
    {
        // A server that gives no reply before it has all eight would otherwise wait for ever.
        await using var server = TestServer.Start(Behaviour.EchoInBatches(64, 8));
        var options = Loads.Options(server.Target, 3, 64) with { MessagesPerConnection = 80, Pipeline = 8 };
        Loads.AssertMessages(await Loads.RunAsync(options), 240);
    }

    [Fact]
    public async Task Pipeline_OfSeven_HasNoEighthUnderWay()
    {
        await using var server = TestServer.Start(Behaviour.EchoInBatches(64, 8));
        var options = Loads.Options(server.Target, 1, 64) with { MessagesPerConnection = 80, Pipeline = 7, EchoTimeout = _short };
        var result = await Loads.RunAsync(options);
        Assert.Equal(7, result.Unanswered);
        Assert.Equal(0, result.Messages);
    }

    [Fact]
    public async Task Pipeline_OfLargeMessages_DoesNotDeadlock()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        var options = Loads.Options(server.Target, 2, 1 << 20) with { MessagesPerConnection = 8, Pipeline = 8 };
        Loads.AssertMessages(await Loads.RunAsync(options), 16);
    }
}
