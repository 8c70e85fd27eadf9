using Microsoft.AspNetCore.Connections;
using Support;

namespace ThreadTransport.Tests.WayBack;

/// <summary>What the connection says of its thread, and the way back to it, from everywhere and at any time.</summary>
public sealed class ConnectionThreadFeatureTests
{
    private const string Borrowed = "borrowed thread";

    [Theory, EveryThreadTransport]
    public async Task Feature_OfAConnection_TellsItsThread(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var thread = connection.Features.Get<IConnectionThreadFeature>()!;

        Assert.Equal(connection.ConnectionId, thread.ThreadName);
        Assert.Equal(1536 * 1024, thread.StackSize);
        Assert.False(thread.IsCurrent);

        var read = Task.Run(async () =>
        {
            await connection.Transport.Input.ReadAsync();
            return (thread.IsCurrent, Thread.CurrentThread.Name);
        });
        await client.SendAsync("x");
        Assert.Equal((true, connection.ConnectionId), await read.Bounded());
    }

    [Theory, EveryThreadTransport]
    public async Task Return_ToAFreeThread_IsToTheConnectionsOwn(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, _) = await harness.ConnectAsync();

        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(connection.ConnectionId, await Task.Run(() => ReturnAsync(connection)).Bounded());
        }
    }

    [Fact]
    public async Task Return_WhileTheThreadReceives_IsToABorrowedOne()
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(_ => { }));
        var (connection, client) = await harness.ConnectAsync();
        var read = Task.Run(async () => await connection.Transport.Input.ReadAsync());

        // The thread is on its way to the receive; once there, it stays until the client sends.
        await TestTimeout.UntilAsync(
            async () => await Task.Run(() => ReturnAsync(connection)) == Borrowed, "the way back leads to a borrowed thread");
        Assert.False(read.IsCompleted);

        await client.SendAsync("x");
        Assert.Equal(1, (await read.Bounded()).Buffer.Length);
    }

    [Theory, EveryThreadTransport]
    public async Task Return_WhileTheThreadIsBlocked_IsToABorrowedOne(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, _) = await harness.ConnectAsync();
        using var release = new ManualResetEventSlim();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var blocked = Task.Run(async () =>
        {
            await connection.Features.Get<IConnectionThreadFeature>()!.ReturnAsync();
            entered.SetResult();
            release.Wait(TestTimeout.Default);
        });
        await entered.Task.Bounded();

        Assert.Equal(Borrowed, await Task.Run(() => ReturnAsync(connection)).Bounded());
        release.Set();
        await blocked.Bounded();
    }

    [Theory, EveryThreadTransport]
    public async Task Return_FromTheThreadItself_GoesOnAtOnce(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, _) = await harness.ConnectAsync();
        var thread = connection.Features.Get<IConnectionThreadFeature>()!;

        var completed = await Task.Run(async () =>
        {
            await thread.ReturnAsync();
            return thread.ReturnAsync().GetAwaiter().IsCompleted;
        }).Bounded();

        Assert.True(completed);
    }

    [Theory, EveryThreadTransport]
    public async Task Return_AfterTheConnectionHasEnded_IsNotToThePool(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        client.Reset();
        await connection.DisposeAsync().Bounded();

        Assert.NotNull(await Task.Run(() => ReturnAsync(connection)).Bounded());
    }

    [Fact]
    public async Task Return_WithValuesOfTheCaller_KeepsThem()
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(_ => { }));
        var (connection, _) = await harness.ConnectAsync();
        var local = new AsyncLocal<string> { Value = "of the caller" };

        Assert.NotNull(await Task.Run(() => ReturnAsync(connection)).Bounded());
        Assert.Equal("of the caller", local.Value);
    }

    [Fact]
    public async Task HandlersThatBlockBeforeTheyRead_WithTheMiddleware_AreOnTheirThreadsFromTheFirstLine()
    {
        const int Count = 100;
        using var all = new CountdownEvent(Count);
        await using var harness = await KestrelHarness.StartAsync(Transports.ThreadsWith(_ => { }), Wrap(connection =>
        {
            Assert.Equal(connection.ConnectionId, Thread.CurrentThread.Name);

            // Each waits for all the others: no thread of the pool could be spared for that.
            all.Signal();
            Assert.True(all.Wait(TestTimeout.Default));
            return Applications.EchoAsync(connection);
        }));
        var clients = await Task.WhenAll(Enumerable.Range(0, Count).Select(_ => harness.ConnectAsync()));

        await Task.WhenAll(clients.Select(async client =>
        {
            await client.SendAsync("x");
            await client.ReceiveExactlyAsync(1);
        })).Bounded();
    }

    [Fact]
    public async Task Middleware_OnAnotherTransport_ChangesNothing()
    {
        await using var harness = await KestrelHarness.StartAsync(new SocketsTransport(), Wrap(Applications.EchoAsync));
        var client = await harness.ConnectAsync();
        await client.SendAsync("x");
        Assert.Equal("x", await client.ReceiveTextAsync(1));
    }

    private static async Task<string?> ReturnAsync(ConnectionContext connection)
    {
        await connection.Features.Get<IConnectionThreadFeature>()!.ReturnAsync();
        Assert.False(Thread.CurrentThread.IsThreadPoolThread);
        Assert.True(connection.Features.Get<IConnectionThreadFeature>()!.IsCurrent);
        return Thread.CurrentThread.Name;
    }

    private static ConnectionDelegate Wrap(ConnectionDelegate handler)
    {
        var builder = new ConnectionBuilder(EmptyServices.Instance);
        builder.UseConnectionThread();
        builder.Run(connection => handler(connection));
        return builder.Build();
    }

    private sealed class EmptyServices : IServiceProvider
    {
        public static readonly EmptyServices Instance = new();

        public object? GetService(Type serviceType) => null;
    }
}
