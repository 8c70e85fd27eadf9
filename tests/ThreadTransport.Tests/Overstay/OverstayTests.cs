using System.Diagnostics;
using System.IO.Pipes;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Support;
using ThreadTransport.Internal.Listening;
using ThreadTransport.Internal.Native;

namespace ThreadTransport.Tests.Overstay;

/// <summary>
/// A connection whose thread stays away from its receive is split, and so notices its peer; one whose thread waits there is
/// not.
/// </summary>
public sealed class OverstayTests
{
    private static readonly string[] _messages = ["first", "second", "third"];

    /// <summary>
    /// Ways in which a thread can be away: the runtime knows of the first, the kernel of the second and the third, the core of the last.
    /// </summary>
    private static readonly Dictionary<string, Action<Func<bool>>> _waysToStay = new()
    {
        ["managed wait"] = isOver =>
        {
            while (!isOver())
            {
                Thread.Sleep(1);
            }
        },
        ["native wait"] = isOver =>
        {
            using var writing = new AnonymousPipeServerStream(PipeDirection.Out);
            using var reading = new AnonymousPipeClientStream(PipeDirection.In, writing.ClientSafePipeHandle);
            var writer = OnceAsync(isOver, () => writing.WriteByte(1));

            // The runtime does not call this a wait.
            Assert.Equal(1, reading.ReadByte());
            writer.Wait();
        },
        ["native lock"] = isOver =>
        {
            var native = new NativeLock();
            var opener = OnceAsync(isOver, native.Open);
            native.Wait();
            opener.Wait();
        },
        ["computation"] = isOver =>
        {
            while (!isOver())
            {
                Thread.SpinWait(100);
            }
        },
    };

    [Theory]
    [InlineData("managed wait", false)]
    [InlineData("managed wait", true)]
    [InlineData("native wait", false)]
    [InlineData("computation", false)]
    [InlineData("computation", true)]
    public async Task Client_LeavesWhileTheHandlerBlocks_IsNoticed(string way, bool resets)
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(_ => { }));
        var (connection, client, handler) = await BlockAsync(harness, way);

        if (resets)
        {
            client.Reset();
        }
        else
        {
            client.ShutdownSend();
        }

        await connection.ConnectionClosed.CancelledAsync();
        await handler.Bounded();
    }

    /// <summary>Threads that a collection has stopped wait as well, and are not split for it.</summary>
    [Theory]
    [InlineData("managed wait")]
    [InlineData("native wait")]
    [InlineData("native lock")]
    [InlineData("computation")]
    public async Task Client_LeavesWhileTheHandlerBlocksAndOthersAreHeldBack_IsNoticed(string way)
    {
        Assert.SkipUnless(Futex.IsSupported, "Without a futex nobody is held back.");
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(_ => { }));

        // For as long as nobody comes to it.
        var gate = ((ThreadTransportFactory)harness.Factory).Services.CollectionHold!.Gate;
        Assert.True(gate.TryClose(out _));
        var (connection, client, handler) = await BlockAsync(harness, way);

        client.ShutdownSend();

        await connection.ConnectionClosed.CancelledAsync();
        Assert.True(gate.IsClosed);
        await handler.Bounded();
    }

    [Theory]
    [InlineData("managed wait")]
    [InlineData("native wait")]
    [InlineData("computation")]
    public async Task Flush_BeforeTheHandlerBlocks_ArrivesMeanwhile(string way)
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(_ => { }));
        var (connection, client) = await harness.ConnectAsync();
        var arrived = 0;
        var handler = HandleAsync();
        await client.SendAsync("x");

        foreach (var message in _messages)
        {
            Assert.Equal(message, await client.ReceiveTextAsync(message.Length));
            Interlocked.Increment(ref arrived);
        }

        await handler.Bounded();

        async Task HandleAsync()
        {
            var result = await connection.Transport.Input.ReadAsync();
            for (var i = 0; i < _messages.Length; i++)
            {
                // In one turn: each flush completes at once.
                await connection.Transport.Output.WriteAsync(Encoding.UTF8.GetBytes(_messages[i]));
                var stay = i;
                _waysToStay[way](() => Volatile.Read(ref arrived) > stay);
            }

            connection.Transport.Input.AdvanceTo(result.Buffer.End);
        }
    }

    /// <summary>When the tick has seen all that it has to of the turn.</summary>
    [Theory]
    [InlineData("managed wait")]
    [InlineData("native wait")]
    [InlineData("computation")]
    public async Task Flush_WhenTheHandlerHasBlockedForLong_ArrivesWhileItBlocksAgain(string way)
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(_ => { }));
        var (connection, client) = await harness.ConnectAsync();
        var arrived = false;
        var handler = HandleAsync();
        await client.SendAsync("x");

        Assert.Equal("reply", await client.ReceiveTextAsync(5));
        Volatile.Write(ref arrived, true);
        await handler.Bounded();

        async Task HandleAsync()
        {
            var result = await connection.Transport.Input.ReadAsync();
            var began = Stopwatch.GetTimestamp();
            _waysToStay[way](() => Stopwatch.GetElapsedTime(began) > TimeSpan.FromMilliseconds(100) && harness.Log.Events.Any(IsSplit));
            await connection.Transport.Output.WriteAsync("reply"u8.ToArray());
            _waysToStay[way](() => Volatile.Read(ref arrived));
            connection.Transport.Input.AdvanceTo(result.Buffer.End);
        }
    }

    /// <summary>Each turn that comes makes the tick begin anew.</summary>
    [Fact]
    public async Task Flush_BeforeTheHandlerBlocksWhileTurnsKeepComing_ArrivesMeanwhile()
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(_ => { }));
        var (connection, client) = await harness.ConnectAsync();
        using var arrived = new ManualResetEventSlim();
        var turns = KeepComingAsync();
        var handler = HandleAsync();
        await client.SendAsync("x");

        Assert.Equal("reply", await client.ReceiveTextAsync(5));
        arrived.Set();
        await handler.Bounded();
        await turns.Bounded();

        async Task HandleAsync()
        {
            var result = await connection.Transport.Input.ReadAsync();
            await connection.Transport.Output.WriteAsync("reply"u8.ToArray());
            Assert.True(arrived.Wait(TestTimeout.Default));
            connection.Transport.Input.AdvanceTo(result.Buffer.End);
        }

        async Task KeepComingAsync()
        {
            var thread = connection.Features.Get<IConnectionThreadFeature>()!;
            while (!arrived.IsSet)
            {
                await thread.ReturnAsync();
                await Task.Delay(1);
            }
        }
    }

    /// <summary>The tick begins anew with a flush that is put off, but not with every one: it looks after turns as well.</summary>
    [Fact]
    public async Task Turn_ThatComesWhileTheHandlerComputesAndFlushes_FindsAThread()
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(o => o.SplitAtStart = true));
        var (connection, client) = await harness.ConnectAsync();
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var hasRun = false;
        var handler = HandleAsync();
        await client.SendAsync("x");
        await began.Task.Bounded();

        await Task.Run(async () =>
        {
            await connection.Features.Get<IConnectionThreadFeature>()!.ReturnAsync();
            Volatile.Write(ref hasRun, true);
        }).Bounded();

        await handler.Bounded();

        async Task HandleAsync()
        {
            var result = await connection.Transport.Input.ReadAsync();
            began.SetResult();
            while (!Volatile.Read(ref hasRun))
            {
                var compute = Stopwatch.GetTimestamp();
                while (Stopwatch.GetElapsedTime(compute) < TimeSpan.FromMilliseconds(2))
                {
                    Thread.SpinWait(100);
                }

                await connection.Transport.Output.WriteAsync("x"u8.ToArray());
            }

            connection.Transport.Input.AdvanceTo(result.Buffer.End);
        }
    }

    [Fact]
    public async Task Client_LeavesWhileNothingIsRead_IsNoticed()
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(_ => { }));
        var (connection, client) = await harness.ConnectAsync();

        client.ShutdownSend();

        await connection.ConnectionClosed.CancelledAsync();
    }

    [Fact]
    public async Task Client_LeavesBetweenTwoReads_IsNoticed()
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(_ => { }));
        var (connection, client) = await harness.ConnectAsync();
        await client.SendAsync("x");
        var result = await connection.Transport.Input.ReadAsync().Bounded();
        connection.Transport.Input.AdvanceTo(result.Buffer.End);

        client.Reset();

        await connection.ConnectionClosed.CancelledAsync();
        await Assert.ThrowsAsync<ConnectionResetException>(() => connection.Transport.Input.ReadAsync().Bounded());
    }

    [Fact]
    public async Task Connection_ThatOnlyWaitsForData_StaysDirect()
    {
        await using var harness = await KestrelHarness.StartAsync(Transports.ThreadsWith(_ => { }), Applications.EchoAsync);
        var idle = await harness.ConnectAsync();
        await idle.SendAsync("x");
        await idle.ReceiveExactlyAsync(1);

        // As long as it takes to find one that overstays.
        await using var unread = await TransportHarness.BindAsync(Transports.ThreadsWith(_ => { }));
        await unread.ConnectAsync();
        await unread.Log.WaitForAsync(IsSplit, "the split");

        await idle.SendAsync("x");
        await idle.ReceiveExactlyAsync(1);
        Assert.DoesNotContain(harness.Log.Events, IsSplit);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Client_ThatDoesNotTakeTheOutput_SplitsTheConnection(bool readsFirst)
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(_ => { }));
        var (connection, client) = await harness.ConnectAsync(receiveBufferSize: 64 * 1024);
        var read = readsFirst ? connection.Transport.Input.ReadAsync().AsTask() : null;
        var flush = connection.Transport.Output.WriteAsync(Pattern.Create(16 * 1024 * 1024));
        read ??= connection.Transport.Input.ReadAsync().AsTask();

        // If it wants no read the tick may have been first, with that for a cause.
        await harness.Log.WaitForAsync(
            e => IsSplit(e) && (!readsFirst || e.Message.Contains("does not take the output", StringComparison.Ordinal)), "the split");
        Pattern.Check(await client.ReceiveExactlyAsync(16 * 1024 * 1024), 0);
        Assert.False((await flush.Bounded()).IsCompleted);
        client.ShutdownSend();
        Assert.True((await read.Bounded()).IsCompleted);
    }

    private static bool IsSplit(LoggedEvent logged) => logged.Message.Contains(" split: ", StringComparison.Ordinal);

    /// <summary>Ends a wait when it has been long enough, or never will have been.</summary>
    private static Task OnceAsync(Func<bool> isOver, Action end) => Task.Run(async () =>
    {
        try
        {
            await TestTimeout.EventuallyAsync(isOver, "the stay is over");
        }
        finally
        {
            end();
        }
    });

    /// <summary>Has a connection's handler stay away until its connection is closed.</summary>
    private static async Task<(ConnectionContext Connection, TestClient Client, Task Handler)> BlockAsync(TransportHarness harness, string way)
    {
        var (connection, client) = await harness.ConnectAsync();
        var blocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var handler = HandleAsync();
        await client.SendAsync("x");
        await blocked.Task.Bounded();
        return (connection, client, handler);

        async Task HandleAsync()
        {
            var result = await connection.Transport.Input.ReadAsync();
            blocked.SetResult();
            _waysToStay[way](() => connection.ConnectionClosed.IsCancellationRequested);
            connection.Transport.Input.AdvanceTo(result.Buffer.End);
        }
    }
}
