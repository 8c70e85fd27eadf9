using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Support;

namespace ThreadTransport.Tests.WayBack;

/// <summary>With <c>app.UseConnectionThread()</c> every request is on a dedicated thread, and may block there.</summary>
public sealed class RequestThreadTests
{
    private const string Borrowed = "borrowed thread";

    [Fact]
    public async Task Http1_FirstKeptAliveAndAfterAnAsynchronousHandler_IsOnTheConnectionsThread()
    {
        await using var app = await StartAsync(HttpProtocols.Http1);
        using var client = new HttpClient();
        var first = await client.GetStringAsync(new Uri(app.Urls.Single())).Bounded();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(first, await client.GetStringAsync(new Uri(app.Urls.Single() + "/hop")).Bounded());
        }

        Assert.NotEqual(Borrowed, first);
    }

    [Fact]
    public async Task Http1_Pipelined_IsOnTheConnectionsThread()
    {
        const int Count = 20;
        await using var app = await StartAsync(HttpProtocols.Http1);
        var address = new Uri(app.Urls.Single());
        using var client = await TestClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, address.Port));

        await client.SendAsync(
            string.Concat(Enumerable.Repeat("GET /hop HTTP/1.1\r\nHost: a\r\n\r\n", Count - 1))
            + "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        var responses = Encoding.UTF8.GetString(await client.ReceiveToEndAsync()).Split("HTTP/1.1 200 OK")[1..];

        Assert.Equal(Count, responses.Length);
        Assert.Single(responses
            .Select(response => response.Split('\n').Last(line => line.Contains("name=", StringComparison.Ordinal)).Trim())
            .Distinct());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Trap", "9")]
    public async Task Http2_StreamsThatBlock_HaveAThreadEach(bool onThreads)
    {
        const int Count = 50;
        using var all = new CountdownEvent(Count);
        await using var app = await StartAsync(HttpProtocols.Http2, onThreads, all);
        using var client = new HttpClient
        {
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        var url = new Uri(app.Urls.Single() + "/all");
        var names = await Task.WhenAll(Enumerable.Range(0, Count).Select(_ => client.GetStringAsync(url))).Bounded();

        Assert.All(names, name => Assert.Equal("name=" + Borrowed, name.Trim()));
    }

    [Fact]
    public async Task Http1_OnAnotherTransport_HasABorrowedThread()
    {
        await using var app = await StartAsync(HttpProtocols.Http1, onThreads: false);
        using var client = new HttpClient();

        Assert.Equal("name=" + Borrowed, (await client.GetStringAsync(new Uri(app.Urls.Single())).Bounded()).Trim());
    }

    [Fact]
    public void UseConnectionThread_WithoutTheTransport_SaysWhatIsMissing()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        var app = builder.Build();

        var exception = Assert.Throws<InvalidOperationException>(() => app.UseConnectionThread());

        Assert.Contains("UseThreadTransport", exception.Message, StringComparison.Ordinal);
    }

    private static async Task<WebApplication> StartAsync(HttpProtocols protocols, bool onThreads = true, CountdownEvent? all = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost
            .UseKestrelCore()
            .ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols))
            .UseThreadTransport(o => o.CanBind = _ => onThreads);
        var app = builder.Build();

        // Other middleware hops to the pool before.
        app.Use(async (context, next) =>
        {
            await Task.Run(() => { });
            await next(context);
        });
        app.UseConnectionThread();
        app.Run(async context =>
        {
            Assert.False(Thread.CurrentThread.IsThreadPoolThread);
            Assert.True(context.Features.Get<IConnectionThreadFeature>()!.IsCurrent);
            var name = Thread.CurrentThread.Name;
            if (context.Request.Path == "/all")
            {
                all!.Signal();
                Assert.True(all.Wait(TestTimeout.Default));
            }
            else if (context.Request.Path == "/hop")
            {
                await Task.Run(() => { });
                await context.Features.Get<IConnectionThreadFeature>()!.ReturnAsync();
                Assert.Equal(name, Thread.CurrentThread.Name);
            }

            await context.Response.WriteAsync($"name={name}\n");
        });
        await app.StartAsync().Bounded();
        return app;
    }
}
