using Support;

namespace Reliability.Tests.Handlers;

/// <summary>A handler that never comes back costs its thread, and no more.</summary>
public sealed class BlockedForeverTests
{
    private const int Blocked = 50;

    [Theory, EveryThreadTransport]
    public async Task Handlers_BlockForGood_OthersAreServedAndTheStopIsInTime(ITransport transport)
    {
        using var forGood = new ManualResetEventSlim();
        var blocking = 0;
        var harness = await KestrelHarness.StartAsync(transport, async connection =>
        {
            var read = await connection.Transport.Input.ReadAsync();
            var blocks = read.Buffer.FirstSpan[0] == 'b';
            connection.Transport.Input.AdvanceTo(read.Buffer.Start);
            if (blocks)
            {
                Interlocked.Increment(ref blocking);
                forGood.Wait();
                return;
            }

            await Applications.EchoAsync(connection);
        });
        try
        {
            for (var i = 0; i < Blocked; i++)
            {
                await (await harness.ConnectAsync()).SendAsync("b");
            }

            await TestTimeout.EventuallyAsync(() => Volatile.Read(ref blocking) == Blocked, "all handlers block");
            for (var i = 0; i < Blocked; i++)
            {
                await (await harness.ConnectAsync()).AssertEchoesAsync("echo");
            }

            // The handlers do not hear of this, so it takes the whole of its timeout, and a second of Kestrel's; not the half minute that
            // this wait is bounded by.
            using var hurry = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await harness.StopAsync(hurry.Token);
        }
        finally
        {
            forGood.Set();
            await harness.DisposeAsync();
        }
    }

    [Theory, EveryThreadTransport]
    public async Task Handler_BlocksForGood_ItsClientsResetIsNoticedAllTheSame(ITransport transport)
    {
        using var forGood = new ManualResetEventSlim();
        var blocking = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var harness = await KestrelHarness.StartAsync(transport, async connection =>
        {
            await connection.Transport.Input.ReadAsync();
            connection.ConnectionClosed.Register(closed.SetResult);
            blocking.SetResult();
            forGood.Wait();
        });
        try
        {
            var client = await harness.ConnectAsync();
            await client.SendAsync("x");

            // Otherwise the reset could be all that the handler gets to read.
            await blocking.Task.Bounded();
            client.Reset();
            await closed.Task.Bounded();
        }
        finally
        {
            forGood.Set();
        }
    }
}
