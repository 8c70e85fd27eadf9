using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Faults.Serving;

/// <summary>
/// A server with handlers of every kind, for what the echo host does not do: the first byte of a connection says which one it wants.
/// </summary>
internal static class FaultServer
{
    public const string Verb = "--serve";

    /// <param name="arguments">The verb, the transport, the port, the shutdown and the idle timeout in seconds; the latter 0 for none.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var builder = new HostBuilder()
            .ConfigureLogging(logging => logging
                .SetMinimumLevel(LogLevel.Warning)

                // Handlers fail on purpose here, and Kestrel says so each time.
                .AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Critical)
                .AddSimpleConsole(console => console.SingleLine = true)
                .Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
                    console => console.LogToStandardErrorThreshold = LogLevel.Trace))
            .ConfigureServices(services => services.Configure<HostOptions>(host => host.ShutdownTimeout = Seconds(arguments[3])))
            .ConfigureWebHost(web =>
            {
                web.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(
                    IPAddress.Loopback,
                    int.Parse(arguments[2], CultureInfo.InvariantCulture),
                    listen => listen.Run(Handlers.ServeAsync)));
                if (arguments[1] == Place.Threads)
                {
                    web.UseThreadTransport(options =>
                    {
                        options.StackSize = 256 * 1024;
                        options.IdleTimeout = Seconds(arguments[4]) is var idle && idle > TimeSpan.Zero ? idle : null;
                    });
                }

                web.Configure(static _ => { });
            });
        using var host = builder.Build();
        await host.StartAsync();
        var addresses = host.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>()
            .Features.Get<Microsoft.AspNetCore.Hosting.Server.Features.IServerAddressesFeature>()!.Addresses;
        await Console.Out.WriteLineAsync($"Listening on 127.0.0.1:{new Uri(addresses.Single()).Port}");
        await host.WaitForShutdownAsync();
        return 0;
    }

    private static TimeSpan Seconds(string text) => TimeSpan.FromSeconds(double.Parse(text, CultureInfo.InvariantCulture));
}
