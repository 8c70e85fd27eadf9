using PipeClient.Load.Outcome;
using PipeClient.Tests.Servers;

namespace PipeClient.Tests;

public sealed class HoldTests
{
    private static readonly TimeSpan _short = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task Hold_WithoutLoad_KeepsConnectionsOpen()
    {
        var bytes = 0;
        await using var server = TestServer.Start(Behaviour.EchoAndCount(count => Interlocked.Add(ref bytes, count)));
        var result = await Loads.RunAsync(Loads.Options(server.Target, 10, 5) with { Rounds = 0, Hold = _short });
        Loads.AssertMessages(result, 0);
        Assert.Equal(10, result.MaxConcurrent);
        Assert.InRange(result.HoldTime, _short * 0.9, Loads.Bound);
        Assert.Equal(0, bytes);
    }

    [Fact]
    public async Task Hold_AfterLoad_ComesOnTopOfIt()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        var result = await Loads.RunAsync(Loads.Options(server.Target, 10, 5) with { MessagesPerConnection = 3, Hold = _short });
        Loads.AssertMessages(result, 30);
        Assert.InRange(result.HoldTime, _short * 0.9, Loads.Bound);
    }

    [Fact]
    public async Task Hold_OfConnectionsThatTheServerCloses_Fails()
    {
        var end = new TaskCompletionSource();
        await using var server = TestServer.Start(Behaviour.CloseAt(end.Task));
        var observer = new Observer { OnConnected = _ => end.SetResult() };
        // All are closed, so that nobody waits for the whole time.
        var options = Loads.Options(server.Target, 10, 5) with { Rounds = 0, Hold = TimeSpan.FromHours(1) };
        Loads.AssertFailed(await Loads.RunAsync(options, observer), FailureReason.ClosedEarly, 10);
    }

    [Fact]
    public async Task Hold_OfConnectionsThatSpeakUnasked_Fails()
    {
        var start = new TaskCompletionSource();
        await using var server = TestServer.Start(Behaviour.SpeakUnasked(start.Task));
        var observer = new Observer { OnConnected = _ => start.SetResult() };
        var options = Loads.Options(server.Target, 3, 5) with { Rounds = 0, Hold = TimeSpan.FromHours(1) };
        Loads.AssertFailed(await Loads.RunAsync(options, observer), FailureReason.ExtraBytes, 3);
    }
}
