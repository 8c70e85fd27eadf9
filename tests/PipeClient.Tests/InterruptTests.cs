using PipeClient.Load;
using PipeClient.Tests.Servers;

namespace PipeClient.Tests;

public sealed class InterruptTests
{
    [Fact]
    public async Task Interrupt_WhileConnecting_EndsAndBlamesNobody()
    {
        await using var server = TestServer.StartWithoutAccepting(backlog: 1);
        using var interrupt = new CancellationTokenSource();
        var running = Loads.RunUntilAsync(Loads.Options(server.Target, 100, 5), null, interrupt.Token);
        await interrupt.CancelAsync();
        var result = await running;
        Assert.True(result.Interrupted);
        Assert.Empty(result.Failures);
        Assert.Equal(0, result.Concurrent);
        Assert.Equal(ExitCode.Interrupted, ExitCode.Of(result));
    }

    [Fact]
    public async Task Interrupt_WhileWaitingForEcho_EndsAndReportsWhatWasDone()
    {
        await using var server = TestServer.Start(Behaviour.NeverReplyAsync);
        using var interrupt = new CancellationTokenSource();
        var observer = new Observer { OnConnected = _ => interrupt.CancelAfter(TimeSpan.FromMilliseconds(100)) };
        var result = await Loads.RunUntilAsync(Loads.Options(server.Target, 20, 5), observer, interrupt.Token);
        Assert.True(result.Interrupted);
        Assert.Empty(result.Failures);
        Assert.Equal(20, result.Total);
        Assert.Equal(0, result.Concurrent);
    }

    [Fact]
    public async Task Interrupt_BetweenRounds_StartsNoOther()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        using var interrupt = new CancellationTokenSource();
        var observer = new Observer
        {
            OnRoundEnded = (number, _) =>
            {
                if (number == 3)
                {
                    interrupt.Cancel();
                }
            },
        };
        var result = await Loads.RunUntilAsync(Loads.Options(server.Target, 20, 5) with { Rounds = 1000 }, observer, interrupt.Token);
        Assert.True(result.Interrupted);
        Assert.Equal(3, result.Rounds.Count);
        Assert.Empty(result.Failures);
        Assert.Equal(0, result.Concurrent);
    }

    [Theory]
    [InlineData("closed")]
    [InlineData("closed, pipelined")]
    [InlineData("closed, warming up")]
    [InlineData("open")]
    [InlineData("open, warming up")]
    public async Task Interrupt_DuringALoadByTime_ReportsWhatWasDone(string kind)
    {
        var bytes = 0;
        using var interrupt = new CancellationTokenSource();
        await using var server = TestServer.Start(Behaviour.EchoAndCount(count =>
        {
            if (Interlocked.Add(ref bytes, count) >= 100 * 64)
            {
                interrupt.Cancel();
            }
        }));
        var load = EndlessLoad(kind, server.Target);
        var result = await Loads.RunUntilAsync(load, null, interrupt.Token);
        Assert.True(result.Interrupted);
        Assert.Empty(result.Failures);
        Assert.Equal(5, result.Total);
        Assert.Equal(0, result.Concurrent);
        Assert.Equal(load.WarmUp > TimeSpan.Zero, result.Messages == 0);
        Assert.InRange(result.MeasuredTime + result.WarmUpTime, TimeSpan.FromTicks(1), Loads.Bound);
    }

    [Fact]
    public async Task Interrupt_DuringHold_EndsIt()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        using var interrupt = new CancellationTokenSource();
        var observer = new Observer { OnConnected = _ => interrupt.CancelAfter(TimeSpan.FromMilliseconds(100)) };
        var options = Loads.Options(server.Target, 20, 5) with { Rounds = 0, Hold = TimeSpan.FromHours(1) };
        var result = await Loads.RunUntilAsync(options, observer, interrupt.Token);
        Assert.True(result.Interrupted);
        Assert.Empty(result.Failures);
        Assert.Equal(20, result.Total);
        Assert.Equal(0, result.Concurrent);
    }

    private static LoadOptions EndlessLoad(string kind, Target target)
    {
        var load = Loads.Options(target, 5, 64) with { Duration = TimeSpan.FromHours(1) };
        return kind switch
        {
            "closed" => load,
            "closed, pipelined" => load with { Pipeline = 16 },
            "closed, warming up" => load with { WarmUp = TimeSpan.FromHours(1) },
            "open" => load with { Rate = 2000 },
            "open, warming up" => load with { Rate = 2000, WarmUp = TimeSpan.FromHours(1) },
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
    }
}
