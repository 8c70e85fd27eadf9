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
    [MemberData(nameof(EndlessLoads))]
    public async Task Interrupt_DuringALoadByTime_ReportsWhatWasDone(string _, LoadOptions load)
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
        var result = await Loads.RunUntilAsync(load with { Targets = [server.Target] }, null, interrupt.Token);
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

    public static TheoryData<string, LoadOptions> EndlessLoads()
    {
        var hour = TimeSpan.FromHours(1);
        var load = Loads.Options(new Target("", 0), 5, 64);
        return new()
        {
            { "closed loop", load with { Duration = hour } },
            { "closed loop, pipelined", load with { Duration = hour, Pipeline = 16 } },
            { "closed loop, warm-up", load with { Duration = hour, WarmUp = hour } },
            { "open loop", load with { Duration = hour, Rate = 2000 } },
            { "open loop, warm-up", load with { Duration = hour, WarmUp = hour, Rate = 2000 } },
        };
    }
}
