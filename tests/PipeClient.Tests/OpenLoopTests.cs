using System.Text;
using PipeClient.Load.Messages;
using PipeClient.Tests.Servers;

namespace PipeClient.Tests;

public sealed class OpenLoopTests
{
    private static readonly TimeSpan _half = TimeSpan.FromMilliseconds(500);

    [Fact]
    public async Task Rate_OverATime_MakesTheirProduct()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        var options = Loads.Options(server.Target, 8, 64) with { Rate = 1000, Duration = _half };
        var result = await Loads.RunAsync(options);
        Loads.AssertMessages(result, 500);
        Assert.Equal(500, result.Latencies.MessageFromSchedule.Count);
        Assert.Equal(500, result.Latencies.ClientLag.Count);
        Assert.Equal((62, 63), (result.Fairness.Fewest, result.Fairness.Most));
        Assert.Equal(0, result.Unsent);
        Assert.InRange(result.MeasuredTime, _half * 0.9, Loads.Bound);
    }

    [Fact]
    public async Task Rate_WithWarmUp_CountsWhatIsDueAfterIt()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        var options = Loads.Options(server.Target, 3, 64) with { Rate = 1000, WarmUp = _half / 2, Duration = _half };
        Loads.AssertMessages(await Loads.RunAsync(options), 500);
    }

    [Fact]
    public async Task Rate_UntilANumber_MakesThatNumber()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        var options = Loads.Options(server.Target, 3, 64) with { Rate = 2000, TotalMessages = 301 };
        var result = await Loads.RunAsync(options);
        Loads.AssertMessages(result, 301);
        // The last of them is due 300 distances after the first.
        Assert.InRange(result.MeasuredTime, TimeSpan.FromMilliseconds(150), Loads.Bound);
    }

    [Fact]
    public async Task Server_ThatStalls_CannotHideIt()
    {
        // 50 messages, due within 250 ms; the server takes none of them before 500 ms.
        var awake = new TaskCompletionSource();
        await using var server = TestServer.Start(Behaviour.EchoFrom(awake.Task));
        var options = Loads.Options(server.Target, 1, 64) with { Rate = 200, TotalMessages = 50 };
        var stall = new Observer { OnConnected = connections => Task.Delay(_half).ContinueWith(_ => awake.SetResult(), TaskScheduler.Default) };
        var result = await Loads.RunAsync(options, stall);
        Loads.AssertMessages(result, 50);

        var fromSchedule = result.Latencies.MessageFromSchedule;
        Assert.InRange(fromSchedule.Min, _half / 2.5, Loads.Bound);
        Assert.InRange(result.Latencies.Message.At(50), TimeSpan.Zero, fromSchedule.At(50));
        Assert.InRange(result.Latencies.ClientLag.At(50), TimeSpan.Zero, fromSchedule.At(50));
    }

    [Fact]
    public async Task Client_ThatCannotKeepUp_SaysSo()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        // A hundred million a second: all are due within 0.2 ms, and 20,000 calls of the kernel take longer than that.
        var options = Loads.Options(server.Target, 1, 1) with
        {
            Content = new FixedContent(Encoding.ASCII.GetBytes("x")),
            Rate = 100_000_000,
            TotalMessages = 20_000,
            Pipeline = 65536,
        };
        var result = await Loads.RunAsync(options);
        Loads.AssertMessages(result, 20_000);
        Assert.InRange(result.Latencies.ClientLag.Max, TimeSpan.FromMilliseconds(2), Loads.Bound);
    }

    [Fact]
    public async Task Server_ThatNeverReplies_EndsTheLoadInTime()
    {
        await using var server = TestServer.Start(Behaviour.NeverReplyAsync);
        var options = Loads.Options(server.Target, 5, 64) with
        {
            Rate = 1000,
            Duration = TimeSpan.FromHours(1),
            EchoTimeout = TimeSpan.FromMilliseconds(200),
        };
        var result = await Loads.RunAsync(options);
        Loads.AssertFailed(result, Load.Outcome.FailureReason.NeverReplied, 5);
        Assert.Equal(0, result.Messages);
    }
}
