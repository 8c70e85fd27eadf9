using Support;

namespace ThreadTransport.Tests.Diagnostics;

/// <summary>The meter says how many threads there are and what became of clients that were not served.</summary>
public sealed class MetricsTests
{
    [Fact]
    public async Task Threads_ServingAndParked_AreObserved()
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(o => o.MaxConnections = 7));
        using var values = new MeterValues(harness);
        var (connection, client) = await harness.ConnectAsync();
        var echo = Applications.EchoAsync(connection);
        await client.SendAsync("x");
        await client.ReceiveExactlyAsync(1);

        Assert.Equal(1, values.Observe("threadtransport.threads.active"));
        Assert.Equal(0, values.Observe("threadtransport.threads.cached"));
        Assert.Equal(1, values.Observe("threadtransport.threads.created"));
        Assert.Equal(0, values.Observe("threadtransport.threads.borrowed"));
        Assert.Equal(7, values.Observe("threadtransport.connections.limit"));

        client.ShutdownSend();
        await echo.Bounded();
        await connection.DisposeAsync().Bounded();
        await TestTimeout.EventuallyAsync(() => values.Observe("threadtransport.threads.cached") == 1, "the thread is parked");
        Assert.Equal(0, values.Observe("threadtransport.threads.active"));
    }

    [Fact]
    public async Task Clients_ThatAreNotServed_AreCountedByReason()
    {
        var refuse = false;
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(o =>
        {
            o.MaxConnections = 1;
            o.WhenFull = WhenFull.Reject;
            var start = o.StartThread;
            o.StartThread = (thread, stackSize) =>
            {
                if (Volatile.Read(ref refuse))
                {
                    throw new InvalidOperationException("no room");
                }

                start(thread, stackSize);
            };
        }));
        using var values = new MeterValues(harness);
        Volatile.Write(ref refuse, true);
        var (refused, refusedClient) = await harness.ConnectAsync();
        await refusedClient.ReceiveToResetAsync();
        await refused.DisposeAsync().Bounded();
        Volatile.Write(ref refuse, false);

        await harness.ConnectAsync();
        // Connected before anybody accepts, so that the reset does not meet the connecting.
        var full = await harness.ConnectClientAsync();
        var accept = harness.Listener.AcceptAsync().AsTask();
        await full.ReceiveToResetAsync();

        Assert.Equal(1, values.Counted("threadtransport.connections.refused", "no_thread"));
        Assert.Equal(1, values.Counted("threadtransport.connections.refused", "full"));
        await harness.Listener.UnbindAsync().Bounded();
        Assert.Null(await accept.Bounded());
    }

    [Fact]
    public async Task Connections_ThatAreSplit_AreCounted()
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(o => o.SplitAtStart = true));
        using var values = new MeterValues(harness);

        await harness.ConnectAsync();

        Assert.Equal(1, values.Counted("threadtransport.connections.split"));
    }

    [Fact]
    public async Task Listener_ThatThrows_KeepsNoConnectionFromBeingServed()
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(o => o.SplitAtStart = true));
        using var values = new MeterValues(harness) { OnCounted = _ => throw new IOException("The disk is full.") };

        var (connection, client) = await harness.ConnectAsync();
        var echo = Applications.EchoAsync(connection);
        await client.SendAsync("x");

        Assert.Equal("x", await client.ReceiveTextAsync(1));
        client.ShutdownSend();
        await echo.Bounded();
    }
}
