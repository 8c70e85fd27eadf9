using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Support;

/// <summary>A generic host around one transport, with every log event kept and every pool block counted.</summary>
internal static class TestHost
{
    public static IHost Build(
        ITransport transport,
        TransportSettings settings,
        EventLog log,
        CountingMemoryPoolFactory memory,
        Action<IWebHostBuilder>? configure = null)
        => new HostBuilder()
            .ConfigureWebHost(web =>
            {
                // Kestrel's own pools are only added where there are none yet.
                web.ConfigureServices(services => services.AddSingleton<IMemoryPoolFactory<byte>>(memory));
                transport.Use(web, settings);
                configure?.Invoke(web);
            })
            .ConfigureServices(services => services
                .AddSingleton<IHostLifetime, NoSignals>()
                .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log)))
            .Build();

    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
