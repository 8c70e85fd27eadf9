using System.Net;
using KestrelAsyncEcho.Echo;
using KestrelAsyncEcho.Settings;
using KestrelAsyncEcho.Statistics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace KestrelAsyncEcho.Hosting;

/// <summary>Puts Kestrel, the chosen transport and the echo together. The two transports differ in one method.</summary>
internal static class EchoHostBuilder
{
    public static IHost Build(
        IConfigurationRoot configuration,
        EchoSettings settings,
        IReadOnlyList<EndPoint> endpoints,
        ServerStatistics statistics)
        => new HostBuilder()
            .ConfigureAppConfiguration(builder => builder.AddConfiguration(configuration))
            .ConfigureLogging(logging => AddLogging(logging, configuration))
            .ConfigureServices(services => services
                .AddSingleton<BoundAddresses>()
                .AddSingleton<StartPhase>()
                .AddSingleton<IHostLifetime, SignalLifetime>()
                .Configure<HostOptions>(host => host.ShutdownTimeout = settings.ShutdownTimeout))
            .ConfigureWebHost(
                web => AddTransport(web.UseKestrelCore(), configuration, settings.Transport)
                    .ConfigureServices(services => services
                        .AddOptions<KestrelServerOptions>()
                        .Configure<BoundAddresses>((kestrel, bound) =>
                        {
                            configuration.BindStrictly(EchoKeys.Kestrel, kestrel);
                            Listen(kestrel, endpoints, bound, statistics);
                        }))
                    .Configure(static _ => { }),
                static web => web.SuppressEnvironmentConfiguration = true)
            .Build();

    private static IWebHostBuilder AddTransport(IWebHostBuilder web, IConfigurationRoot configuration, TransportKind transport)
        => transport == TransportKind.Threads
            ? web.UseThreadTransport()
            : web.UseSockets(sockets =>
            {
                configuration.BindStrictly("SocketTransport", sockets);
                if (sockets.Backlog < 1)
                {
                    var failure = $"SocketTransport:Backlog = {sockets.Backlog} is out of range. Allowed: 1 and up.";
                    throw new SettingsException(configuration.Locate(failure));
                }
            });

    private static void Listen(
        KestrelServerOptions kestrel,
        IReadOnlyList<EndPoint> endpoints,
        BoundAddresses bound,
        ServerStatistics statistics)
    {
        foreach (var endpoint in endpoints)
        {
            kestrel.Listen(endpoint, listen =>
            {
                bound.Add(listen);
                listen.UseStatistics(statistics.Connections, statistics.Threads);
                listen.UseConnectionHandler<EchoHandler>();
            });
        }
    }

    private static void AddLogging(ILoggingBuilder logging, IConfigurationRoot configuration)
    {
        logging.AddConfiguration(configuration.GetSection("Logging"));

        // Kestrel opens a scope for each connection where anybody might log one; nobody does here.
        logging.Services.Configure<LoggerFilterOptions>(filter => filter.CaptureScopes = false);

        // Standard output is for the lines that programs read.
        logging.Services.AddSingleton<ConsoleFormatter, LineFormatter>();
        logging.AddConsole(console =>
        {
            console.FormatterName = LineFormatter.FormatterName;
            console.LogToStandardErrorThreshold = LogLevel.Trace;
        });
    }
}
