using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Support;
using ThreadTransport.Internal.Listening;

namespace ThreadTransport.Tests.Promises;

/// <summary>What an application may do to its thread, its reads or its server, and everything goes on.</summary>
public sealed class AfterTroubleTests
{
    private static ITransport Threads => Transports.ThreadsWith(_ => { });

    [Fact]
    public async Task OwnThread_Interrupted_GoesOnServing()
    {
        await using var harness = await TransportHarness.BindAsync(Threads);
        var (connection, client) = await harness.ConnectAsync();
        var handler = Task.Run(async () =>
        {
            for (var i = 0; i < 3; i++)
            {
                var result = await connection.Transport.Input.ReadAsync();
                connection.Transport.Input.AdvanceTo(result.Buffer.End);
                await connection.Transport.Output.WriteAsync("x"u8.ToArray());
                Thread.CurrentThread.Interrupt();

                // Leaves the thread with nothing to do, so that it parks with the interrupt pending.
                await Task.Yield();
            }
        });

        for (var i = 0; i < 3; i++)
        {
            await client.SendAsync("x");
            await client.ReceiveExactlyAsync(1);
        }

        await handler.Bounded();
        client.ShutdownSend();
        await connection.DisposeAsync().Bounded();

        // And so does the next connection, on the same thread.
        var (next, nextClient) = await harness.ConnectAsync();
        var echo = Applications.EchoAsync(next);
        await nextClient.SendAsync("y");
        await nextClient.ReceiveExactlyAsync(1);
        nextClient.ShutdownSend();
        await echo.Bounded();
    }

    [Fact]
    public async Task OwnThread_InterruptedBeforeItsConnectionIsAborted_EndsIt()
    {
        await using var harness = await TransportHarness.BindAsync(Threads);
        using var logger = new LoggerThatHolds(TransportEvent.WriteRst);
        harness.Services.GetRequiredService<ILoggerFactory>().AddProvider(logger);
        var (connection, client) = await harness.ConnectAsync();
        var thread = new TaskCompletionSource<Thread>(TaskCreationOptions.RunContinuationsAsynchronously);
        var handler = Task.Run(async () =>
        {
            var first = await connection.Transport.Input.ReadAsync();
            connection.Transport.Input.AdvanceTo(first.Buffer.End);
            Thread.CurrentThread.Interrupt();
            thread.SetResult(Thread.CurrentThread);
            await connection.Transport.Input.ReadAsync();
        });
        await client.SendAsync("x");
        var own = await thread.Task.Bounded();

        // The thread comes out of its receive while the one who aborts still holds the lock of the ending. That is a wait, and the
        // first one since the interrupt.
        var abort = Task.Run(() => connection.Abort(new ConnectionAbortedException("enough")));
        await logger.Held.Bounded();
        client.ShutdownSend();
        await TestTimeout.EventuallyAsync(() => (own.ThreadState & ThreadState.WaitSleepJoin) != 0, "the thread waits for the lock");
        logger.LetGo();

        await abort.Bounded();
        await connection.DisposeAsync().Bounded();
        await Assert.ThrowsAsync<ConnectionAbortedException>(() => handler.Bounded());
    }

    [Fact]
    public async Task OwnThread_InterruptedWhileItEndsItsConnection_EndsIt()
    {
        await using var harness = await TransportHarness.BindAsync(Threads);
        using var logger = new LoggerThatHolds(TransportEvent.WriteRst);
        harness.Services.GetRequiredService<ILoggerFactory>().AddProvider(logger);
        var (connection, client) = await harness.ConnectAsync();
        var thread = new TaskCompletionSource<Thread>(TaskCreationOptions.RunContinuationsAsynchronously);
        var handler = Task.Run(async () =>
        {
            var first = await connection.Transport.Input.ReadAsync();
            connection.Transport.Input.AdvanceTo(first.Buffer.End);
            thread.SetResult(Thread.CurrentThread);
            await connection.Transport.Input.ReadAsync();
        });
        await client.SendAsync("x");
        var own = await thread.Task.Bounded();

        // As above, but the interrupt comes when the thread waits for the lock already.
        var abort = Task.Run(() => connection.Abort(new ConnectionAbortedException("enough")));
        await logger.Held.Bounded();
        client.ShutdownSend();
        await TestTimeout.EventuallyAsync(() => (own.ThreadState & ThreadState.WaitSleepJoin) != 0, "the thread waits for the lock");
        own.Interrupt();
        await harness.Log.WaitForAsync(e => e.Exception is ThreadInterruptedException, "the interrupt");
        logger.LetGo();

        await abort.Bounded();
        await Assert.ThrowsAsync<ConnectionAbortedException>(() => handler.Bounded());
        await connection.DisposeAsync().Bounded();
    }

    [Fact]
    public async Task Writer_InterruptedWhileItsConnectionIsAborted_LeavesTheSocketToTheReceiver()
    {
        await using var harness = await TransportHarness.BindAsync(Threads, null, settings => settings.MaxReadBufferSize = 32 * 1024);
        using var ending = new LoggerThatHolds(TransportEvent.WriteRst);
        using var receiving = new LoggerThatHolds(TransportEvent.Resume);
        var loggers = harness.Services.GetRequiredService<ILoggerFactory>();
        loggers.AddProvider(ending);
        loggers.AddProvider(receiving);
        var (connection, client) = await harness.ConnectAsync();
        var socket = connection.Features.Get<IConnectionSocketFeature>()!.Socket;
        _ = client.Socket.SendAsync(Pattern.Create(Flood.Size)).ContinueWith(t => t.Exception, TaskScheduler.Default);
        await harness.Log.WaitForTransportEventAsync(TransportEvent.Pause, connection.ConnectionId);

        // The writer ends the output, and tells the connection while the one who aborts still holds the lock of the ending.
        var abort = Task.Run(() => connection.Abort(new ConnectionAbortedException("enough")));
        await ending.Held.Bounded();
        Thread? writer = null;
        var write = TestTimeout.OnOwnThreadAsync(() =>
        {
            Thread.CurrentThread.Interrupt();
            writer = Thread.CurrentThread;
            _ = connection.Transport.Output.WriteAsync("x"u8.ToArray()).AsTask();
        });
        await TestTimeout.EventuallyAsync(() => (writer?.ThreadState & ThreadState.WaitSleepJoin) > 0, "the writer waits for the lock");
        ending.LetGo();

        await write;
        await receiving.Held.Bounded();
        Assert.False(socket.SafeHandle.IsClosed);
        receiving.LetGo();

        await abort.Bounded();
        await connection.DisposeAsync().Bounded();
        Assert.True(socket.SafeHandle.IsClosed);
    }

    [Fact]
    public async Task BorrowedThread_Interrupted_IsLentAgain()
    {
        await using var harness = await TransportHarness.BindAsync(Threads);
        for (var i = 0; i < 5; i++)
        {
            var (connection, client) = await harness.ConnectAsync();
            await EnterReceiveAsync(connection, client);
            var read = Task.Run(async () =>
            {
                var result = await connection.Transport.Input.ReadAsync();
                Assert.False(Thread.CurrentThread.IsThreadPoolThread);
                Thread.CurrentThread.Interrupt();
                return result.IsCanceled;
            });

            await TestTimeout.UntilAsync(
                () =>
                {
                    connection.Transport.Input.CancelPendingRead();
                    return Task.FromResult(read.IsCompleted);
                },
                "the cancelled read continues");
            Assert.True(await read);
        }
    }

    [Theory, EveryThreadTransport]
    public async Task Read_ThatNobodyAwaited_IsForgotten(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
#pragma warning disable CA2012 // That nobody awaits it is the point.
        _ = connection.Transport.Input.ReadAsync();
#pragma warning restore CA2012
        connection.Transport.Input.CancelPendingRead();
        Assert.True((await connection.Transport.Input.ReadAsync().Bounded()).IsCanceled);

        await client.SendAsync("after");
        var result = await connection.Transport.Input.ReadAsync().Bounded();
        Assert.Equal(5, result.Buffer.Length);
        connection.Transport.Input.AdvanceTo(result.Buffer.End);
    }

    [Fact]
    public async Task Output_SentByOthers_DoesNotHoldTheFlushersContext()
    {
        await using var harness = await TransportHarness.BindAsync(Threads);
        var (connection, client) = await harness.ConnectAsync(receiveBufferSize: 64 * 1024);
        var reference = FlushWithALocal(connection.Transport.Output);

        await TestTimeout.EventuallyAsync(
            () =>
            {
                GC.Collect();
                return !reference.IsAlive;
            },
            "the local of the flusher is collected while the peer has not taken its bytes");
        Pattern.Check(await client.ReceiveExactlyAsync(16 * 1024 * 1024), 0);
    }

    [Fact]
    [Trait("Trap", "26")]
    public async Task Connection_ThatHasEnded_IsCollectedWhileItsThreadIsParked()
    {
        await using var harness = await KestrelHarness.StartAsync(
            Transports.ThreadsWith(o => o.CachedThreadIdleTimeout = Timeout.InfiniteTimeSpan),
            Applications.EchoAsync);
        var references = new System.Collections.Concurrent.ConcurrentBag<WeakReference>();
        await using var watched = await KestrelHarness.StartAsync(
            Transports.ThreadsWith(o => o.CachedThreadIdleTimeout = Timeout.InfiniteTimeSpan),
            connection =>
            {
                references.Add(new WeakReference(connection));
                return Applications.EchoAsync(connection);
            });
        var client = await watched.ConnectAsync();
        await client.SendAsync("x");
        await client.ReceiveExactlyAsync(1);
        client.ShutdownSend();
        await client.ReceiveToEndAsync();

        await TestTimeout.EventuallyAsync(
            () =>
            {
                GC.Collect();
                return references.All(reference => !reference.IsAlive);
            },
            "the connection is collected");
    }

    [Fact]
    public async Task Handler_OutlivingItsServer_IsTakenToItsEnd()
    {
        var harness = await TransportHarness.BindAsync(Threads);
        var (connection, client) = await harness.ConnectAsync();
        await EnterReceiveAsync(connection, client);
        await harness.DisposeAsync();
        var factory = (ThreadTransportFactory)harness.Factory;
        await TestTimeout.EventuallyAsync(() => factory.Services.Threads.Alive == 0, "all threads have ended");

        // The harness has disposed the connection, so there is nothing to read; what counts is that the handler hears of it.
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => Task.Run(async () => await connection.Transport.Input.ReadAsync()).Bounded());
    }

    [Fact]
    [Trait("Trap", "29")]
    public async Task Continuation_ThatThrows_IsLoggedAndTheThreadGoesOn()
    {
        await using var harness = await TransportHarness.BindAsync(Threads);
        var (connection, client) = await harness.ConnectAsync();
#pragma warning disable CA2012 // A bare continuation, as a custom awaiter registers it.
        connection.Transport.Input.ReadAsync().GetAwaiter().UnsafeOnCompleted(() =>
#pragma warning restore CA2012
        {
            if (connection.Transport.Input.TryRead(out var result))
            {
                connection.Transport.Input.AdvanceTo(result.Buffer.End);
            }

            throw new InvalidOperationException("out of a continuation");
        });
        await client.SendAsync("x");
        var logged = await harness.Log.WaitForAsync(e => e.Exception?.Message == "out of a continuation", "the exception");
        Assert.Equal(LogLevel.Error, logged.Level);

        var (next, nextClient) = await harness.ConnectAsync();
        var echo = Applications.EchoAsync(next);
        await nextClient.SendAsync("y");
        await nextClient.ReceiveExactlyAsync(1);
        nextClient.ShutdownSend();
        await echo.Bounded();
    }

    /// <summary>One echo, after which the connection's own thread waits for data.</summary>
    private static async Task EnterReceiveAsync(ConnectionContext connection, TestClient client)
    {
        await client.SendAsync("x");
        var result = await connection.Transport.Input.ReadAsync().Bounded();
        connection.Transport.Input.AdvanceTo(result.Buffer.End);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference FlushWithALocal(PipeWriter output)
    {
        var local = new AsyncLocal<object>();
        var value = new object();
        var done = new ManualResetEventSlim();
        var thread = new Thread(() =>
        {
            local.Value = value;
            _ = output.WriteAsync(Pattern.Create(16 * 1024 * 1024)).AsTask();
            done.Set();
        });
        thread.Start();
        Assert.True(done.Wait(TestTimeout.Default));
        thread.Join();
        return new WeakReference(value);
    }

    /// <summary>Holds whoever logs one event of the transport, in the middle of it.</summary>
    private sealed class LoggerThatHolds(int eventId) : ILoggerProvider, ILogger
    {
        private readonly ManualResetEventSlim _letGo = new();
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Held => _held.Task;

        public void LetGo() => _letGo.Set();

        public ILogger CreateLogger(string categoryName) => categoryName == TransportEvent.Category ? this : NullLogger.Instance;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (id.Id == eventId)
            {
                _held.TrySetResult();
                _letGo.Wait(TestTimeout.Default);
            }
        }

        public void Dispose() => _letGo.Dispose();
    }
}
