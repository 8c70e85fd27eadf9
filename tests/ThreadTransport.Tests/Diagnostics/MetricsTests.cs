using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Support;

namespace ThreadTransport.Tests.Diagnostics;

/// <summary>The meter says how many threads there are and what became of clients that were not served.</summary>
public sealed class MetricsTests
{
    [Fact]
    public async Task Threads_ServingAndParked_AreObserved()
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(o => o.MaxConnections = 7));
        using var values = new Values(harness);
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
            o.StartThread = (body, stackSize) =>
            {
                if (Volatile.Read(ref refuse))
                {
                    throw new InvalidOperationException("no room");
                }

                start(body, stackSize);
            };
        }));
        using var values = new Values(harness);
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
        using var values = new Values(harness);

        await harness.ConnectAsync();

        Assert.Equal(1, values.Counted("threadtransport.connections.split"));
    }

    /// <summary>What one transport's meter says; other tests' meters of the same name are not listened to.</summary>
    private sealed class Values : IDisposable
    {
        private readonly ConcurrentDictionary<string, long> _observed = new();
        private readonly ConcurrentDictionary<(string Name, object? Tag), long> _counted = new();
        private readonly MeterListener _listener = new();

        public Values(TransportHarness harness)
        {
            var scope = harness.Services.GetService(typeof(IMeterFactory));
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "ThreadTransport" && instrument.Meter.Scope == scope)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => _observed[instrument.Name] = value);
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            {
                if (instrument.IsObservable)
                {
                    _observed[instrument.Name] = value;
                }
                else
                {
                    _counted.AddOrUpdate((instrument.Name, tags.Length > 0 ? tags[0].Value : null), value, (_, sum) => sum + value);
                }
            });
            _listener.Start();
        }

        public long Observe(string name)
        {
            _listener.RecordObservableInstruments();
            return _observed[name];
        }

        public long Counted(string name, object? tag = null) => _counted.GetValueOrDefault((name, tag));

        public void Dispose() => _listener.Dispose();
    }
}
