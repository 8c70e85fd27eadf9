using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Support;
using ThreadTransport.Internal.Listening;

namespace ThreadTransport.Tests.Configuration;

/// <summary>One line puts an application on threads, wherever it stands; what the transport declines stays on Kestrel's own.</summary>
public sealed class RegistrationTests
{
    [Theory]
    [InlineData("after")]
    [InlineData("before")]
    [InlineData("twice")]
    public async Task UseThreadTransport_WhereverItStands_Wins(string where)
    {
        await using var app = await StartAsync(web =>
        {
            if (where != "after")
            {
                web.UseThreadTransport();
            }

            web.UseKestrelCore();
            if (where != "before")
            {
                web.UseThreadTransport();
            }
        });

        Assert.Equal("thread", await GetAsync(app.Urls.Single()));
        var factories = app.Services.GetServices<IConnectionListenerFactory>().ToList();
        Assert.Equal(2, factories.Count);
        Assert.IsType<ThreadTransportFactory>(factories.Last());
    }

    [Fact]
    public async Task CanBind_ForSomeEndpoints_LeavesTheOthersOnSockets()
    {
        await using var app = await StartAsync(web => web
            .UseKestrelCore()
            .UseUrls("http://127.0.0.1:0", "http://[::1]:0")
            .UseThreadTransport(o => o.CanBind = endPoint => endPoint is IPEndPoint { AddressFamily: AddressFamily.InterNetwork }));

        Assert.Equal("thread", await GetAsync(app.Urls.Single(url => url.Contains("127.0.0.1", StringComparison.Ordinal))));
        Assert.Equal("pool", await GetAsync(app.Urls.Single(url => url.Contains("[::1]", StringComparison.Ordinal))));
    }

    [Theory]
    [InlineData(null, "thread")]
    [InlineData("true", "thread")]
    [InlineData("false", "pool")]
    public async Task HostingStartup_OfAnApplicationWithoutALine_PutsItOnThreadsUnlessDisabled(string? enabled, string expected)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = ["--hostingStartupAssemblies=ThreadTransport"] });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Configuration["ThreadTransport:Enabled"] = enabled;
        await using var app = builder.Build();
        app.Run(context => context.Response.WriteAsync(Thread.CurrentThread.IsThreadPoolThread ? "pool" : "thread"));
        await app.StartAsync().Bounded();

        Assert.Equal(expected, await GetAsync(app.Urls.Single()));
    }

    [Theory]
    [InlineData(null, "thread")]
    [InlineData("false", "pool")]
    public async Task HostingStartup_OfAGenericHost_PutsItOnThreadsUnlessDisabled(string? enabled, string expected)
    {
        using var host = Host.CreateDefaultBuilder()
            .ConfigureLogging(logging => logging.ClearProviders())
            .ConfigureAppConfiguration(configuration => configuration.AddInMemoryCollection([new("ThreadTransport:Enabled", enabled)]))
            .ConfigureWebHostDefaults(web => web
                .UseSetting(WebHostDefaults.HostingStartupAssembliesKey, "ThreadTransport")
                .UseUrls("http://127.0.0.1:0")
                .Configure(app => app.Run(context =>
                    context.Response.WriteAsync(Thread.CurrentThread.IsThreadPoolThread ? "pool" : "thread"))))
            .Build();
        await host.StartAsync().Bounded();
        var address = host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

        Assert.Equal(expected, await GetAsync(address));

        await host.StopAsync().Bounded();
    }

    [Theory]
    [InlineData(true, "thread")]
    [InlineData(false, "pool")]
    public async Task UseConnectionThread_AsAnOption_ComesBeforeAllMiddleware(bool use, string expected)
    {
        // On Kestrel's own transport nothing but the middleware leads to a dedicated thread.
        await using var app = await StartAsync(web => web.UseKestrelCore().UseThreadTransport(o =>
        {
            o.UseConnectionThread = use;
            o.CanBind = _ => false;
        }));

        Assert.Equal(expected, await GetAsync(app.Urls.Single()));
    }

    [Fact]
    public async Task UseConnectionThread_WhereTheTransportIsOff_DoesNothing()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0").UseThreadTransport(o => o.Enabled = false);
        await using var app = builder.Build();
        app.UseConnectionThread();
        app.Run(context => context.Response.WriteAsync(Thread.CurrentThread.IsThreadPoolThread ? "pool" : "thread"));
        await app.StartAsync().Bounded();

        Assert.Equal("pool", await GetAsync(app.Urls.Single()));
    }

    [Fact]
    public void UseThreadTransport_OnNothing_Throws()
    {
        Assert.Throws<ArgumentNullException>(() => WebHostBuilderThreadTransportExtensions.UseThreadTransport(null!));
        Assert.Throws<ArgumentNullException>(() => WebApplication.CreateBuilder().WebHost.UseThreadTransport(null!));
    }

    private static async Task<WebApplication> StartAsync(Action<IWebHostBuilder> configure)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        configure(builder.WebHost);
        var app = builder.Build();
        app.Run(context => context.Response.WriteAsync(Thread.CurrentThread.IsThreadPoolThread ? "pool" : "thread"));
        await app.StartAsync().Bounded();
        return app;
    }

    /// <summary>Where the second request of a connection is served: the first may be served where the connection is set up.</summary>
    private static async Task<string> GetAsync(string url)
    {
        using var client = new HttpClient();
        await client.GetStringAsync(new Uri(url)).Bounded();
        return await client.GetStringAsync(new Uri(url)).Bounded();
    }
}
