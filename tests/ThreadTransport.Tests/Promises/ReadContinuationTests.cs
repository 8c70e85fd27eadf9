using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Support;

namespace ThreadTransport.Tests.Promises;

/// <summary>
/// What follows <c>await Input.ReadAsync()</c> is on a dedicated thread: not on one of the pool's, and not on the thread whose
/// call ended the read. Handlers start on the pool here, as they do under Kestrel.
/// </summary>
[Trait("Promise", "P2")]
public sealed class ReadContinuationTests
{
    [Theory, EveryThreadedTransport]
    [Trait("Trap", "4")]
    public async Task FirstRead_NothingThereYet_ContinuesOnADedicatedThread(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var handler = Task.Run(async () =>
        {
            var read = connection.Transport.Input.ReadAsync();
            started.SetResult();
            await read;
            AssertDedicated();
        });
        await started.Task.Bounded();

        await client.SendAsync("data");

        await handler.Bounded();
    }

    [Theory, EveryThreadedTransport]
    public async Task FirstRead_DataAlreadyThere_ContinuesOnADedicatedThread(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        for (var i = 0; i < 50; i++)
        {
            var client = await harness.ConnectClientAsync();
            await client.SendAsync("data");
            var connection = await harness.AcceptAsync();
            await Task.Run(async () =>
            {
                await connection.Transport.Input.ReadAsync();
                AssertDedicated();
            }).Bounded();
        }
    }

    [Theory, EveryThreadedTransport]
    [Trait("Trap", "4")]
    public async Task FirstRead_ThroughKestrel_ContinuesOnADedicatedThread(ITransport transport)
    {
        var dedicated = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var harness = await KestrelHarness.StartAsync(transport, async connection =>
        {
            await connection.Transport.Input.ReadAsync();
            dedicated.TrySetResult(!Thread.CurrentThread.IsThreadPoolThread);
        });
        var client = await harness.ConnectAsync();

        await client.SendAsync("data");

        Assert.True(await dedicated.Task.Bounded());
    }

    [Theory, EveryThreadedTransport]
    public async Task Read_PipelinedDataBuffered_ContinuesOnADedicatedThread(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        await client.SendAsync(Pattern.At(0, 1000));

        await Task.Run(async () =>
        {
            var input = connection.Transport.Input;
            for (var i = 0; i < 1000; i++)
            {
                var result = await input.ReadAsync();
                AssertDedicated();
                Pattern.Check(result.Buffer.Slice(0, 1), i);
                input.AdvanceTo(result.Buffer.GetPosition(1));
            }
        }).Bounded();
    }

    [Theory, EveryThreadTransport]
    public async Task ReadAtLeast_FinishedWhileItIsWaitedFor_ContinuesOnADedicatedThread(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var input = connection.Transport.Input;
        await client.SendAsync(Pattern.At(0, 100));

        await Task.Run(async () =>
        {
            for (var i = 0; i < 5_000; i++)
            {
                // From the pool, and finished at once by another thread: between the call and the wait as often as not.
                await Task.Yield();
                input.CancelPendingRead();
                var result = await input.ReadAtLeastAsync(1_000);
                AssertDedicated();
                Assert.True(result.IsCanceled);
                input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            }
        }).Bounded();
    }

    [Theory, EveryThreadTransport]
    public async Task ReadAtLeast_BytesComeOneByOne_BringsThemTogether(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var input = connection.Transport.Input;

        var read = Task.Run(async () =>
        {
            var result = await input.ReadAtLeastAsync(10);
            AssertDedicated();
            Pattern.Check(result.Buffer, 0);
            return result.Buffer.Length;
        });
        for (var i = 0; i < 10; i++)
        {
            await client.SendAsync(Pattern.At(i, 1));
        }

        Assert.Equal(10, await read.Bounded());
    }

    [Theory, EveryThreadedTransport("yield", "run", "delay")]
    public async Task Read_AfterAHopToThePool_ContinuesOnADedicatedThread(ITransport transport, string hop)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var handler = Task.Run(async () =>
        {
            var (input, output) = (connection.Transport.Input, connection.Transport.Output);
            while (true)
            {
                var result = await input.ReadAsync();
                AssertDedicated();
                if (result.IsCompleted && result.Buffer.IsEmpty)
                {
                    return;
                }

                await (hop switch
                {
                    "yield" => YieldAsync(),
                    "run" => Task.Run(() => { }),
                    _ => Task.Delay(1),
                });

                // One byte at a time, so that the next read finds data as often as not.
                output.Write(result.Buffer.FirstSpan[..1]);
                input.AdvanceTo(result.Buffer.GetPosition(1));
                await output.FlushAsync();
            }
        });

        for (var i = 0; i < 100; i++)
        {
            await client.SendAsync(Pattern.At(i * 2, 2));
            Pattern.Check(await client.ReceiveExactlyAsync(2), i * 2);
        }

        client.ShutdownSend();
        await handler.Bounded();
    }

    [Theory, EveryThreadedTransport]
    public async Task Read_AwaitedLaterOnThePool_ContinuesOnADedicatedThread(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();

        await Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                // Finished, most likely, between the call and the wait for it.
                var read = connection.Transport.Input.ReadAsync();
                await client.SendAsync("data");
                await Task.Yield();
                var result = await read;
                AssertDedicated();
                connection.Transport.Input.AdvanceTo(result.Buffer.End);
                await Task.Yield();
            }
        }).Bounded();
    }

    [Theory, EveryThreadedTransport(
        "data", "cancel", "token", "abort", "abort null", "abort of the writer", "output complete", "fin", "rst")]
    public async Task PendingRead_EndedFromAnotherThread_ContinuesOnADedicatedThread(ITransport transport, string end)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        for (var round = 0; round < 10; round++)
        {
            var (connection, client) = await harness.ConnectAsync();
            using var cancel = new CancellationTokenSource();
            Thread? ending = null;
            var handler = Task.Run(async () =>
            {
                // From the connection's own thread in every other round.
                if (round % 2 == 0)
                {
                    var first = await connection.Transport.Input.ReadAsync();
                    connection.Transport.Input.AdvanceTo(first.Buffer.End);
                }

                var read = connection.Transport.Input.ReadAsync(cancel.Token);
                await connection.Transport.Output.WriteAsync("r"u8.ToArray());
                try
                {
                    await read;
                }
                catch (Exception exception)
                    when (exception is OperationCanceledException or ConnectionResetException or InvalidDataException)
                {
                }

                AssertDedicated();

                // The object, not the id: ids are given again.
                Assert.NotSame(Volatile.Read(ref ending), Thread.CurrentThread);
            });
            if (round % 2 == 0)
            {
                await client.SendAsync("x");
            }

            await client.ReceiveExactlyAsync(1);

            await TestTimeout.OnOwnThreadAsync(() =>
            {
                Volatile.Write(ref ending, Thread.CurrentThread);
                switch (end)
                {
                    case "data":
                        client.Socket.Send("data"u8);
                        break;
                    case "cancel":
                        connection.Transport.Input.CancelPendingRead();
                        break;
                    case "token":
                        cancel.Cancel();
                        break;
                    case "abort":
                        connection.Abort(new ConnectionAbortedException("enough"));
                        break;
                    case "abort null":
                        connection.Abort(null!);
                        break;
                    case "abort of the writer":
                        connection.Transport.Output.Complete(new InvalidDataException());
                        break;
                    case "output complete":
                        connection.Transport.Output.Complete();
                        break;
                    case "fin":
                        client.ShutdownSend();
                        break;
                    default:
                        client.Reset();
                        break;
                }
            });

            await handler.Bounded();
            await connection.DisposeAsync().Bounded();
        }
    }

    [Theory, EveryThreadedTransport(
        "cancelled before", "token cancelled before", "ended before", "aborted before", "reset before")]
    public async Task Read_EndedBeforeItBegan_ContinuesOnADedicatedThread(ITransport transport, string end)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var token = CancellationToken.None;
        switch (end)
        {
            case "cancelled before":
                connection.Transport.Input.CancelPendingRead();
                break;
            case "token cancelled before":
                token = new CancellationToken(canceled: true);
                break;
            case "reset before":
                client.Reset();
                await connection.ConnectionClosed.CancelledAsync();
                break;
            case "ended before":
                client.ShutdownSend();
                await connection.ConnectionClosed.CancelledAsync();
                break;
            default:
                connection.Abort(new ConnectionAbortedException("enough"));
                await connection.ConnectionClosed.CancelledAsync();
                break;
        }

        await Task.Run(async () =>
        {
            try
            {
                var result = await connection.Transport.Input.ReadAsync(token);
                Assert.True(result.IsCanceled || result.IsCompleted);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ConnectionResetException)
            {
            }

            AssertDedicated();
        }).Bounded();
    }

    [Theory, EveryThreadedTransport]
    [Trait("Trap", "33")]
    public async Task Read_CancelledByItsOwnHandler_DoesNotRunInsideTheCall(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        await client.SendAsync("x");

        await Task.Run(async () =>
        {
            var input = connection.Transport.Input;
            var first = await input.ReadAsync();
            input.AdvanceTo(first.Buffer.End);

            // On the connection's thread now; the reader waits in a second branch of the same handler.
            var cancelling = 0;
            var second = WaitAsync();
            Volatile.Write(ref cancelling, Environment.CurrentManagedThreadId);
            input.CancelPendingRead();
            Volatile.Write(ref cancelling, 0);
            await second;

            async Task WaitAsync()
            {
                Assert.True((await input.ReadAsync()).IsCanceled);
                AssertDedicated();
                Assert.NotEqual(Environment.CurrentManagedThreadId, Volatile.Read(ref cancelling));
            }
        }).Bounded();
    }

    [Theory, EveryThreadedTransport]
    public async Task SeventyFiveThousandRequests_HandlersHopAtRandom_EveryReadContinuesOnADedicatedThread(ITransport transport)
    {
        const int Connections = 50;
        const int RequestsEach = 1_500;
        const int Size = 16;
        var elsewhere = 0;
        var reads = 0;
        await using var harness = await KestrelHarness.StartAsync(transport, async connection =>
        {
            var random = new Random(connection.ConnectionId.GetHashCode(StringComparison.Ordinal));
            var (input, output) = (connection.Transport.Input, connection.Transport.Output);
            while (true)
            {
                var result = await input.ReadAsync();
                Interlocked.Increment(ref reads);
                if (Thread.CurrentThread.IsThreadPoolThread)
                {
                    Interlocked.Increment(ref elsewhere);
                }

                if (result.IsCompleted && result.Buffer.IsEmpty)
                {
                    return;
                }

                // One request for each read, even if more are there.
                if (result.Buffer.Length < Size)
                {
                    input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                    continue;
                }

                var request = result.Buffer.Slice(0, Size);
                switch (random.Next(4))
                {
                    case 0:
                        await Task.Yield();
                        break;
                    case 1:
                        await Task.Run(() => { });
                        break;
                    default:
                        break;
                }

                foreach (var segment in request)
                {
                    output.Write(segment.Span);
                }

                input.AdvanceTo(request.End);
                await output.FlushAsync();
            }
        });

        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async i =>
        {
            var random = new Random(i);
            var client = await harness.ConnectAsync();
            for (var done = 0; done < RequestsEach;)
            {
                // Some of the requests come alone, some pipelined.
                var requests = Math.Min(RequestsEach - done, random.Next(1, 4));
                await client.SendAsync(Pattern.At(done * Size, requests * Size));
                Pattern.Check(await client.ReceiveExactlyAsync(requests * Size), done * Size);
                done += requests;
            }

            client.ShutdownSend();
            Assert.Empty(await client.ReceiveToEndAsync());
        })).WaitAsync(2 * TestTimeout.Default);

        Assert.True(reads >= Connections * RequestsEach);
        Assert.Equal(0, elsewhere);
    }

    private static async Task YieldAsync() => await Task.Yield();

    private static void AssertDedicated()
        => Assert.False(Thread.CurrentThread.IsThreadPoolThread, $"On {Thread.CurrentThread.Name}.");
}
