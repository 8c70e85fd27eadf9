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
}
