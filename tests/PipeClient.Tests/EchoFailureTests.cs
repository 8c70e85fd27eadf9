using PipeClient.Load.Outcome;
using PipeClient.Tests.Servers;

namespace PipeClient.Tests;

public sealed class EchoFailureTests
{
    private static readonly TimeSpan _short = TimeSpan.FromMilliseconds(300);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4999)]
    public async Task Echo_WithWrongByte_NamesItsOffset(int offset)
    {
        await using var server = TestServer.Start(Behaviour.EchoWithWrongByteAt(offset));
        var options = Loads.Options(server.Target, 3, 5000);
        var failure = Loads.AssertFailed(await Loads.RunAsync(options), FailureReason.WrongEcho, 3);
        Assert.Equal(offset, failure.Mismatch?.Offset);
        Assert.Equal((byte)(failure.Mismatch?.Expected ^ 0xFF)!, failure.Mismatch?.Actual);
    }

    [Fact]
    public async Task Echo_WithWrongByteInSecondRound_EndsThatConnectionThere()
    {
        await using var server = TestServer.Start(Behaviour.EchoWithWrongByteAt(64 + 7));
        var result = await Loads.RunAsync(Loads.Options(server.Target, 2, 64) with { Rounds = 3 });
        Assert.Equal(7, Loads.AssertFailed(result, FailureReason.WrongEcho, 2).Mismatch?.Offset);
        Assert.Equal([2, 0], result.Rounds.Select(round => round.Echoes));
        Assert.Equal(ExitCode.WrongEcho, ExitCode.Of(result));
    }

    [Fact]
    public async Task Echo_WithByteTooMany_IsSaidToBeTooMany()
    {
        await using var server = TestServer.Start(Behaviour.ReplyWithExtraByte(5));
        var result = await Loads.RunAsync(Loads.Options(server.Target, 3, 5));
        AssertOneTooMany(result, 1);
    }

    [Fact]
    public async Task Echo_WithByteTooManyAfterLastRound_IsSaidToBeTooMany()
    {
        await using var server = TestServer.Start(Behaviour.EchoAndAddByteAtTheEndAsync);
        var result = await Loads.RunAsync(Loads.Options(server.Target, 3, 5) with { Rounds = 2, CloseGrace = Loads.Bound });
        AssertOneTooMany(result, 2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public async Task Echo_CutShort_IsClosedEarly(int replySize)
    {
        await using var server = TestServer.Start(Behaviour.ReplyAndClose(5, replySize));
        var result = await Loads.RunAsync(Loads.Options(server.Target, 10, 5));
        Assert.Equal($"after {replySize} of 5 bytes", Loads.AssertFailed(result, FailureReason.ClosedEarly, 10).Detail);
        Assert.Equal(ExitCode.Failures, ExitCode.Of(result));
    }

    [Fact]
    public async Task Echo_FromServerThatClosesAfterReply_FailsInSecondRound()
    {
        await using var server = TestServer.Start(Behaviour.ReplyAndClose(5, 5));
        var result = await Loads.RunAsync(Loads.Options(server.Target, 10, 5) with { Rounds = 2 });
        Assert.Equal([10, 0], result.Rounds.Select(round => round.Echoes));
        Assert.Equal(10, result.Failed);
        Assert.All(result.Failures, f => Assert.True(f.Reason is FailureReason.ClosedEarly or FailureReason.Reset));
    }

    [Fact]
    public async Task Echo_MetByReset_IsReset()
    {
        await using var server = TestServer.Start(Behaviour.ResetAfter(5));
        Loads.AssertFailed(await Loads.RunAsync(Loads.Options(server.Target, 10, 5)), FailureReason.Reset, 10);
    }

    [Fact]
    public async Task Echo_ResetMidMessage_IsReset()
    {
        await using var server = TestServer.Start(Behaviour.ResetAfter(100_000));
        Loads.AssertFailed(await Loads.RunAsync(Loads.Options(server.Target, 5, 10 << 20)), FailureReason.Reset, 5);
    }

    [Fact]
    public async Task Echo_ThatNeverComes_IsNeverReplied()
    {
        await using var server = TestServer.Start(Behaviour.NeverReplyAsync);
        var result = await Loads.RunAsync(Loads.Options(server.Target, 10, 5) with { EchoTimeout = _short });
        Assert.Equal("after 0 of 5 bytes", Loads.AssertFailed(result, FailureReason.NeverReplied, 10).Detail);
        Assert.Equal(ExitCode.Failures, ExitCode.Of(result));
    }

    [Fact]
    public async Task Echo_FromServerThatNeverReads_IsNeverRead()
    {
        var end = new TaskCompletionSource();
        await using var server = TestServer.Start(Behaviour.NeverRead(end.Task));
        var result = await Loads.RunAsync(Loads.Options(server.Target, 2, 20 << 20) with { EchoTimeout = _short });
        end.SetResult();
        Loads.AssertFailed(result, FailureReason.NeverRead, 2);
    }

    [Fact]
    public async Task Echo_WithoutItsLastByte_TimesOutWhereItStopped()
    {
        await using var server = TestServer.Start(Behaviour.EchoWithoutLastByte(5));
        var result = await Loads.RunAsync(Loads.Options(server.Target, 10, 5) with { EchoTimeout = _short });
        Assert.Equal("after 4 of 5 bytes", Loads.AssertFailed(result, FailureReason.EchoTimedOut, 10).Detail);
    }

    [Fact]
    public async Task Echo_OutOfOrder_IsWrong()
    {
        await using var server = TestServer.Start(Behaviour.EchoInWrongOrder(64));
        var options = Loads.Options(server.Target, 5, 64) with { MessagesPerConnection = 2, Pipeline = 2 };
        Loads.AssertFailed(await Loads.RunAsync(options), FailureReason.WrongEcho, 5);
    }

    [Fact]
    public async Task Echo_OfAnotherConnectionsMessage_IsWrong()
    {
        await using var server = TestServer.Start(Behaviour.EchoEachOther(64));
        Loads.AssertFailed(await Loads.RunAsync(Loads.Options(server.Target, 2, 64)), FailureReason.WrongEcho, 2);
    }

    [Fact]
    public async Task Echo_LongAfterTheTimeout_IsNotWaitedFor()
    {
        var later = new TaskCompletionSource();
        await using var server = TestServer.Start(Behaviour.EchoFrom(later.Task));
        var result = await Loads.RunAsync(Loads.Options(server.Target, 10, 5) with { EchoTimeout = _short });
        later.SetResult();
        Loads.AssertFailed(result, FailureReason.NeverReplied, 10);
    }

    [Fact]
    public async Task Echo_FromServerThatStopsReading_TimesOut()
    {
        var end = new TaskCompletionSource();
        await using var server = TestServer.Start(Behaviour.EchoAndStopReading(5, end.Task));
        var options = Loads.Options(server.Target, 3, 5) with { MessagesPerConnection = 3, EchoTimeout = _short };
        var result = await Loads.RunAsync(options);
        end.SetResult();
        Assert.Equal("after 0 of 5 bytes", Loads.AssertFailed(result, FailureReason.EchoTimedOut, 3).Detail);
        Assert.Equal(3, result.Messages);
    }

    [Fact]
    public async Task Echo_FailingOnOneConnection_LeavesTheOthersAlone()
    {
        var number = 0;
        await using var server = TestServer.Start(socket => Interlocked.Increment(ref number) switch
        {
            3 => Behaviour.EchoWithWrongByteAt(2)(socket),
            5 => Behaviour.ReplyAndClose(5, 1)(socket),
            7 => Behaviour.ResetAfter(5)(socket),
            9 => Behaviour.NeverReplyAsync(socket),
            _ => Behaviour.EchoAsync(socket),
        });
        // Long enough for the healthy ones also on a busy machine, as only the silent connection waits for it.
        var options = Loads.Options(server.Target, 20, 5) with { Rounds = 3, EchoTimeout = TimeSpan.FromSeconds(2) };
        var result = await Loads.RunAsync(options);
        Assert.Equal([16, 16, 16], result.Rounds.Select(round => round.Echoes));
        Assert.Equal(
            [(FailureReason.Reset, 1), (FailureReason.ClosedEarly, 1), (FailureReason.WrongEcho, 1), (FailureReason.NeverReplied, 1)],
            result.Failures.Select(f => (f.Reason, f.Count)));
        Assert.Equal(0, result.Concurrent);
        Assert.Equal(ExitCode.WrongEcho, ExitCode.Of(result));
    }

    private static void AssertOneTooMany(LoadResult result, int message)
    {
        var failure = Loads.AssertFailed(result, FailureReason.ExtraBytes, 3);
        Assert.Equal($"got 0x21 ('!') after message {message}, where nothing more was expected", failure.Detail);
        Assert.Equal(ExitCode.WrongEcho, ExitCode.Of(result));
    }
}
