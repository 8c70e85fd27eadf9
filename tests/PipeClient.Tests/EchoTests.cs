using PipeClient.Tests.Servers;

namespace PipeClient.Tests;

public sealed class EchoTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(65536)]
    [InlineData(65537)]
    [InlineData(1_000_000)]
    public async Task Echo_OfAnySize_IsVerified(int size)
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        var result = await Loads.RunAsync(Loads.Options(server.Target, 5, size) with { Rounds = 3 });
        Loads.AssertGood(result, 5, 3);
    }

    [Fact]
    public async Task Echo_OfTenMegabytes_DoesNotDeadlock()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        var result = await Loads.RunAsync(Loads.Options(server.Target, 2, 10 << 20));
        Loads.AssertGood(result, 2, 1);
    }

    [Fact]
    public async Task Echo_InSingleBytes_IsVerified()
    {
        await using var server = TestServer.Start(Behaviour.EchoByteAtATimeAsync);
        var result = await Loads.RunAsync(Loads.Options(server.Target, 3, 1000) with { Rounds = 2 });
        Loads.AssertGood(result, 3, 2);
    }

    [Fact]
    public async Task Echo_FromServerThatClosesAfterReply_IsGood()
    {
        await using var server = TestServer.Start(Behaviour.ReplyAndClose(5, 5));
        var result = await Loads.RunAsync(Loads.Options(server.Target, 20, 5));
        Loads.AssertGood(result, 20, 1);
    }

    [Fact]
    public async Task Echo_FromServerThatNeverCloses_IsGood()
    {
        var end = new TaskCompletionSource();
        await using var server = TestServer.Start(Behaviour.EchoAndStayOpen(end.Task));
        var options = Loads.Options(server.Target, 3, 5) with { CloseGrace = TimeSpan.FromMilliseconds(50) };
        var result = await Loads.RunAsync(options);
        end.SetResult();
        Loads.AssertGood(result, 3, 1);
    }

    [Fact]
    public async Task Echo_OnThousandConnections_IsVerifiedOnEach()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        var connected = 0;
        var observer = new Observer { OnConnected = count => connected = count };
        var result = await Loads.RunAsync(Loads.Options(server.Target, 1000, 64) with { Rounds = 5 }, observer);
        Loads.AssertGood(result, 1000, 5);
        Assert.Equal(1000, connected);
    }

    [Fact]
    public async Task Run_BeforeFirstRound_HasAllConnectionsOpen()
    {
        var accepted = 0;
        var acceptedAtFirstByte = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = TestServer.Start(async socket =>
        {
            Interlocked.Increment(ref accepted);
            await socket.ReceiveAsync(Memory<byte>.Empty);
            acceptedAtFirstByte.TrySetResult(Volatile.Read(ref accepted));
            await Behaviour.EchoAsync(socket);
        });
        var connected = 0;
        var observer = new Observer { OnConnected = count => connected = acceptedAtFirstByte.Task.IsCompleted ? -1 : count };
        var result = await Loads.RunAsync(Loads.Options(server.Target, 50, 5), observer);
        Loads.AssertGood(result, 50, 1);
        Assert.Equal(50, connected);
    }
}
