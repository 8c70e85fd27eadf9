using System.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Support;
using ThreadTransport.Internal.Listening;
using ThreadTransport.Tests.Diagnostics;

namespace ThreadTransport.Tests.Overstay;

/// <summary>
/// A connection that was split because its thread stayed away receives by its own thread again when its application is quick; one
/// whose socket needs the asynchronous operations does not.
/// </summary>
public sealed class RejoinTests
{
    private const string Split = "threadtransport.connections.split";
    private const string Rejoined = "threadtransport.connections.rejoined";

    [Fact]
    public async Task Connection_WhoseApplicationIsQuickAgain_ReceivesByItsOwnThread()
    {
        await using var server = await Server.StartAsync();

        await server.SplitAsync();
        await server.RejoinAsync();

        // And is split again where that is needed, with the same care for its peer.
        await server.SplitAsync();
        await server.RejoinAsync();
        Assert.Equal(2, server.Values.Counted(Split));
        await server.BlockAsync();
        server.Client.ShutdownSend();
        await server.Connection.ConnectionClosed.CancelledAsync();
        server.Release();
        await server.EndAsync();
    }

    [Fact]
    public async Task Connection_WhoseApplicationStaysAway_IsLeftSplit()
    {
        await using var server = await Server.StartAsync();

        await server.SplitAsync();
        for (var i = 0; i < 30; i++)
        {
            await server.StayAsync();
        }

        Assert.Equal(0, server.Values.Counted(Rejoined));
        server.Client.ShutdownSend();
        await server.EndAsync();
    }

    [Fact]
    public async Task Connection_WhoseApplicationBlocksOnItsReads_IsNotRescuedAgainAndAgain()
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(_ => { }));
        using var values = new MeterValues(harness);
        var (connection, client) = await harness.ConnectAsync();
        var handler = EchoSynchronouslyAsync(connection);
        for (var i = 0; i < 2000; i++)
        {
            await client.SendAsync("x");
            await client.ReceiveExactlyAsync(1);
        }

        // More than once if its thread stayed away for another reason first.
        Assert.InRange(values.Counted(Split), 1, 3);
        client.ShutdownSend();
        await handler.Bounded();
        await connection.DisposeAsync().Bounded();
    }

    [Fact]
    public async Task Connection_WhosePeerDidNotTakeTheOutput_IsLeftSplit()
    {
        await using var server = await Server.StartAsync();
        var data = Pattern.Create(16 * 1024 * 1024);
        var sent = server.Client.SendAsync(data);
        await server.NotTaken.Bounded();
        await TestTimeout.EventuallyAsync(() => server.Values.Counted(Split) > 0, "the connection is split");
        Assert.Equal(data, await server.Client.ReceiveExactlyAsync(data.Length).Bounded());
        await sent.Bounded();

        for (var i = 0; i < 500; i++)
        {
            await server.EchoAsync();
        }

        Assert.Equal(0, server.Values.Counted(Rejoined));
        server.Client.ShutdownSend();
        await server.EndAsync();
    }

    [Theory]
    [InlineData("shutdown")]
    [InlineData("abort")]
    [InlineData("client leaves")]
    [InlineData("client resets")]
    public async Task Connection_ThatEndsWhileItReturns_LeavesNothing(string ending)
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(_ => { }));
        var services = ((ThreadTransportFactory)harness.Factory).Services;
        for (var i = 0; i < 200; i++)
        {
            var (connection, client) = await harness.ConnectAsync();
            var stays = 1;
            var handler = EchoAsync(connection, () => Thread.Sleep(Interlocked.Exchange(ref stays, 0) * 20), static () => { });
            await client.SendAsync("0");
            await client.ReceiveExactlyAsync(1);

            // One after the other until it ends, somewhere about the return.
            for (var sent = 0; sent < i % 20; sent++)
            {
                await client.SendAsync("1");
                await client.ReceiveExactlyAsync(1);
            }

            var last = client.SendAsync("2");
            switch (ending)
            {
                case "shutdown":
                    await connection.Transport.Output.CompleteAsync();
                    break;
                case "abort":
                    connection.Abort(new ConnectionAbortedException("enough"));
                    break;
                case "client leaves":
                    client.ShutdownSend();
                    break;
                default:
                    client.Reset();
                    break;
            }

            await Record.ExceptionAsync(() => last.Bounded());
            await Record.ExceptionAsync(() => handler.Bounded());
            await connection.DisposeAsync().Bounded();
            client.Dispose();
        }

        await TestTimeout.EventuallyAsync(() => services.Threads.Parked == services.Threads.Alive, "all threads are parked");
        Assert.Equal(0, services.Stays.Rented);
        Assert.Equal(0, services.Poller?.Registered ?? 0);
    }

    /// <param name="connection">Sends back what comes.</param>
    /// <param name="onMessage">Called before that.</param>
    /// <param name="onNotTaken">Called when a flush has to wait.</param>
    private static async Task EchoAsync(ConnectionContext connection, Action onMessage, Action onNotTaken)
    {
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        while (true)
        {
            var read = await input.ReadAsync();
            if (!read.Buffer.IsEmpty)
            {
                onMessage();
            }

            foreach (var part in read.Buffer)
            {
                var written = output.WriteAsync(part);
                if (!written.IsCompleted)
                {
                    onNotTaken();
                }

                await written;
            }

            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    /// <summary>Sends back what comes, and waits for each read by blocking the connection's thread.</summary>
    private static async Task EchoSynchronouslyAsync(ConnectionContext connection)
    {
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        var read = await input.ReadAsync();
        while (true)
        {
            foreach (var part in read.Buffer)
            {
                await output.WriteAsync(part);
            }

            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }

            read = input.ReadAsync().AsTask().Result;
        }
    }

    /// <summary>An echo that stays away from its receive when it is told to.</summary>
    private sealed class Server : IAsyncDisposable
    {
        private readonly TransportHarness _harness;
        private readonly Task _handler;
        private readonly ManualResetEventSlim _release = new();
        private readonly TaskCompletionSource _notTaken = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile TaskCompletionSource? _blocked;

        private Server(TransportHarness harness, ConnectionContext connection, TestClient client, MeterValues values)
        {
            _harness = harness;
            Connection = connection;
            Client = client;
            Values = values;
            _handler = RejoinTests.EchoAsync(connection, Stay, () => _notTaken.TrySetResult());
        }

        public ConnectionContext Connection { get; }

        public TestClient Client { get; }

        public MeterValues Values { get; }

        /// <summary>Completes when the client does not take what it is sent.</summary>
        public Task NotTaken => _notTaken.Task;

        public static async Task<Server> StartAsync()
        {
            var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(_ => { }));
            var values = new MeterValues(harness);
            var (connection, client) = await harness.ConnectAsync();
            return new Server(harness, connection, client, values);
        }

        public async Task EchoAsync()
        {
            await Client.SendAsync("x");
            await Client.ReceiveExactlyAsync(1);
        }

        /// <summary>The handler stays in a message until <see cref="Release"/>.</summary>
        public async Task BlockAsync()
        {
            var blocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _release.Reset();
            _blocked = blocked;
            await Client.SendAsync("x");
            await blocked.Task.Bounded();
        }

        public void Release() => _release.Set();

        /// <summary>Has the handler stay for so long that it counts.</summary>
        public async Task SplitAsync()
        {
            var before = Values.Counted(Split);
            await BlockAsync();
            await TestTimeout.EventuallyAsync(() => Values.Counted(Split) > before, "the connection is split");
            Release();
            await Client.ReceiveExactlyAsync(1);
        }

        /// <summary>Has the handler of the split connection stay until others that went away later have been found.</summary>
        public async Task StayAsync()
        {
            var before = Values.Counted(Split);
            await BlockAsync();
            var (connection, client) = await _harness.ConnectAsync();
            await TestTimeout.EventuallyAsync(() => Values.Counted(Split) > before, "the connection that nobody reads is split");
            Release();
            await Client.ReceiveExactlyAsync(1);
            client.Dispose();
            await connection.DisposeAsync().Bounded();
        }

        /// <summary>Short messages until the connection's own thread receives again.</summary>
        public async Task RejoinAsync()
        {
            var began = Stopwatch.GetTimestamp();
            while (Values.Counted(Rejoined) < Values.Counted(Split))
            {
                await EchoAsync();
                Assert.True(Stopwatch.GetElapsedTime(began) < TestTimeout.Default, "The connection has not returned to its own thread.");
            }

            await EchoAsync();
        }

        public async Task EndAsync()
        {
            await _handler.Bounded();
            await Connection.DisposeAsync().Bounded();
        }

        public async ValueTask DisposeAsync()
        {
            Release();
            Values.Dispose();
            await _harness.DisposeAsync();
            _release.Dispose();
        }

        private void Stay()
        {
            if (Interlocked.Exchange(ref _blocked, null) is { } blocked)
            {
                blocked.SetResult();
                _release.Wait(TestTimeout.Default);
            }
        }
    }
}
