using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using Support;
using ThreadTransport;

namespace Package.Tests;

/// <summary>
/// The meter as tools see it. These listen to every meter of that name in the process, so no other test of this project has a
/// transport in the process.
/// </summary>
public sealed class ObservabilityTests
{
    private const string IdleTimeouts = "threadtransport.connections.idle_timeouts";
    private const string Rejoined = "threadtransport.connections.rejoined";

    private static readonly Dictionary<string, string> _units = new()
    {
        ["threadtransport.threads.active"] = "{thread}",
        ["threadtransport.threads.cached"] = "{thread}",
        ["threadtransport.threads.created"] = "{thread}",
        ["threadtransport.threads.borrowed"] = "{thread}",
        ["threadtransport.connections.limit"] = "{connection}",
        ["threadtransport.connections.refused"] = "{connection}",
        ["threadtransport.connections.split"] = "{connection}",
        [Rejoined] = "{connection}",
        [IdleTimeouts] = "{connection}",
    };

    [Fact]
    public async Task OpenTelemetry_WithTheMeterAdded_ExportsThreadsAndConnections()
    {
        var exported = new List<MetricSnapshot>();
        await using var server = await Server.StartAsync(services => services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter("ThreadTransport")
            .AddInMemoryExporter(
                exported,
                reader => reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = Timeout.Infinite)));
        var provider = server.Services.GetRequiredService<MeterProvider>();
        using var served = await server.ServeOneAndRejectOneAsync();

        await TestTimeout.EventuallyAsync(() => Export("threadtransport.connections.split") is not null, "the blocked connection is split");

        // The exporter leaves out a counter that has counted nothing.
        Assert.Equal(
            _units.Where(unit => unit.Key is not (IdleTimeouts or Rejoined)).OrderBy(unit => unit.Key),
            exported.ToDictionary(metric => metric.Name, metric => metric.Unit).OrderBy(unit => unit.Key));

        // The blocked connection may have borrowed a second one meanwhile.
        await TestTimeout.EventuallyAsync(() => Export("threadtransport.threads.active")!.Value.GetSumLong() == 1, "one thread is at work");
        Assert.NotNull(Export("threadtransport.threads.cached"));
        Assert.NotEqual(0, Export("threadtransport.threads.created")!.Value.GetSumLong());
        Assert.NotNull(Export("threadtransport.threads.borrowed"));
        Assert.Equal(1, Export("threadtransport.connections.limit")!.Value.GetGaugeLastValueLong());
        Assert.Equal(1, Export("threadtransport.connections.split")!.Value.GetSumLong());
        var refused = Export("threadtransport.connections.refused")!.Value;
        Assert.Equal(1, refused.GetSumLong());
        Assert.Equal("full", Tag(refused, "reason"));

        MetricPoint? Export(string name)
        {
            exported.Clear();
            Assert.True(provider.ForceFlush((int)TestTimeout.Default.TotalMilliseconds));
            return exported.SingleOrDefault(metric => metric.Name == name)?.MetricPoints.Single();
        }
    }

    [Fact]
    public async Task CounterTools_AskingForTheMeter_SeeThreadsAndConnections()
    {
        using var tool = new CounterToolListener();
        await using var server = await Server.StartAsync();
        tool.Start("ThreadTransport");
        using var served = await server.ServeOneAndRejectOneAsync();

        // The blocked connection may borrow a thread meanwhile, so how many there are is not the test's to know. A counter's first
        // value is published at the end of the first interval that knows it, as a change from nothing.
        await TestTimeout.EventuallyAsync(
            () => tool.Value("threadtransport.threads.active") == 1
                && tool.Value("threadtransport.threads.cached") is not null
                && tool.Value("threadtransport.threads.created") >= 1
                && tool.Value("threadtransport.threads.borrowed") is not null
                && tool.Value("threadtransport.connections.limit") == 1
                && tool.Value("threadtransport.connections.refused", "reason=full") == 1
                && tool.Value("threadtransport.connections.split") == 1,
            "every instrument has its value");
        Assert.Equal(_units.OrderBy(unit => unit.Key), tool.Units.OrderBy(unit => unit.Key));
    }

    private static object? Tag(MetricPoint point, string name)
    {
        foreach (var tag in point.Tags)
        {
            if (tag.Key == name)
            {
                return tag.Value;
            }
        }

        return null;
    }

    /// <summary>A server with room for one connection, whose request blocks until the end.</summary>
    private sealed class Server : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private readonly ManualResetEventSlim _end;

        private Server(WebApplication app, ManualResetEventSlim end)
        {
            _app = app;
            _end = end;
        }

        public IServiceProvider Services => _app.Services;

        public static async Task<Server> StartAsync(Action<IServiceCollection>? configure = null)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0").UseThreadTransport(options =>
            {
                options.MaxConnections = 1;
                options.WhenFull = WhenFull.Reject;
            });
            configure?.Invoke(builder.Services);
            var app = builder.Build();
            var end = new ManualResetEventSlim();
            app.Run(async context =>
            {
                await context.Response.Body.FlushAsync();
                end.Wait(TestTimeout.Default);
            });
            await app.StartAsync().Bounded();
            return new Server(app, end);
        }

        public async Task<TestClient> ServeOneAndRejectOneAsync()
        {
            var endPoint = IPEndPoint.Parse(new Uri(_app.Urls.Single()).Authority);
            var served = await TestClient.ConnectAsync(endPoint);
            await served.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            Assert.Equal("HTTP/1.1 200 OK", await served.ReceiveTextAsync("HTTP/1.1 200 OK".Length));
            try
            {
                using var rejected = await TestClient.ConnectAsync(endPoint);
                await rejected.ReceiveToResetAsync();
            }
            catch (SocketException)
            {
                // The reset met the connecting.
            }

            return served;
        }

        public async ValueTask DisposeAsync()
        {
            _end.Set();
            await _app.DisposeAsync();
            _end.Dispose();
        }
    }
}
