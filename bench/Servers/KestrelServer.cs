using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Servers.Work;

namespace Servers;

/// <summary>An ordinary Kestrel application. Two lines, in methods of their own, put it on threads; without them it is stock.</summary>
internal static class KestrelServer
{
    /// <summary>Its clients are gone when it is stopped.</summary>
    private static readonly TimeSpan _shutdownTimeout = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(ServerSettings settings)
    {
        using var works = new Works(settings.Sleep);
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = _shutdownTimeout);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, settings.Port, listen => Listen(listen, settings, works)));
        if (settings.Transport == Transport.Threads)
        {
            UseThreads(builder, settings.StackSize);
        }

        await using var app = builder.Build();
        if (settings.Transport == Transport.Threads)
        {
            UseThreads(app);
        }

        Map(app, works);
        await app.StartAsync();
        await Console.Out.WriteLineAsync($"Listening on 127.0.0.1:{new Uri(app.Urls.Single()).Port}");
        await app.WaitForShutdownAsync();
        return 0;
    }

    private static void Listen(ListenOptions listen, ServerSettings settings, Works works)
    {
        listen.Protocols = HttpProtocols.Http1;
        if (settings.Protocol == Protocol.Https)
        {
            listen.UseHttps(Certificate.Create());
        }
        else if (settings.Protocol == Protocol.Raw)
        {
            var work = works.Create(settings.Work);
            listen.Run(connection => RawHandler.RunAsync(connection, work));
        }
    }

    private static void UseThreads(WebApplicationBuilder builder, string stackSize)
    {
        builder.Configuration["ThreadTransport:StackSize"] = stackSize;
        builder.WebHost.UseThreadTransport();
    }

    private static void UseThreads(WebApplication app) => app.UseConnectionThread();

    private static void Map(WebApplication app, Works works)
    {
        app.MapGet("/plaintext", () => "Hello, World!");
        app.MapGet("/json", () => new Greeting("Hello, World!"));
        foreach (var name in Works.All)
        {
            // Not all at once: a database that nobody asks for need not be there.
            var work = new Lazy<IWork>(() => works.Create(name));
            app.MapGet($"/{name}", () =>
            {
                work.Value.Run();
                return "ok";
            });
        }
    }

    /// <summary>An answer in JSON.</summary>
    private sealed record Greeting(string Message);
}
