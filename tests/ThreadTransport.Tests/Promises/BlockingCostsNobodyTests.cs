using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Support;

namespace ThreadTransport.Tests.Promises;

/// <summary>
/// Five hundred requests block at once, in two waves, the first of them on a server that has just started: each waits until all
/// are in their handlers. On pool threads that would take minutes.
/// </summary>
[Trait("Promise", "P3")]
public sealed class BlockingCostsNobodyTests
{
    private const int Requests = 500;
    private const int StreamsPerConnection = 100;

    /// <summary>How the application asks for its threads.</summary>
    public enum Way
    {
        /// <summary>Not at all: a terminal middleware, nothing in between.</summary>
        None,

        /// <summary>By <c>app.UseConnectionThread()</c>; a routed endpoint.</summary>
        Middleware,

        /// <summary>By the option of the same name; a routed endpoint, and middleware that hops.</summary>
        Option,
    }

    [Theory]
    [InlineData("http", Way.None, false)]
    [InlineData("http", Way.None, true)]
    [InlineData("http", Way.Middleware, false)]
    [InlineData("http", Way.Middleware, true)]
    [InlineData("http", Way.Option, false)]
    [InlineData("https", Way.Middleware, false)]
    [InlineData("https", Way.Option, false)]
    [InlineData("h2c", Way.Middleware, false)]
    [InlineData("h2c", Way.Option, false)]
    [InlineData("h2", Way.Middleware, false)]
    public async Task Handlers_ThatAllBlockAtOnce_AllHaveAThread(string protocol, Way way, bool split)
    {
        using var wave1 = new CountdownEvent(Requests);
        using var wave2 = new CountdownEvent(Requests);
        await using var app = await StartAsync(protocol, way, split, wave1, wave2);
        var perConnection = protocol.StartsWith("h2", StringComparison.Ordinal) ? StreamsPerConnection : 1;
        var clients = Enumerable.Range(0, Requests / perConnection).Select(_ => CreateClient()).ToArray();
        try
        {
            foreach (var path in (string[])["/1", "/2"])
            {
                var requests = Enumerable.Range(0, Requests).Select(i => GetAsync(clients[i / perConnection], path));
                var answers = await Task.WhenAll(requests).Bounded();
                Assert.All(answers, answer => Assert.Equal("thread", answer));
            }
        }
        finally
        {
            foreach (var client in clients)
            {
                client.Dispose();
            }
        }

        async Task<string> GetAsync(HttpClient client, string path)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, app.Urls.Single() + path)
            {
                Version = perConnection == 1 ? HttpVersion.Version11 : HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            using var response = await client.SendAsync(request);
            return await response.Content.ReadAsStringAsync();
        }
    }

    private static async Task<WebApplication> StartAsync(string protocol, Way way, bool split, CountdownEvent wave1, CountdownEvent wave2)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost
            .ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                if (protocol is "https" or "h2")
                {
                    listen.UseHttps(Certificates.SelfSigned);
                }

                if (protocol == "h2c")
                {
                    listen.Protocols = HttpProtocols.Http2;
                }
            }))
            .UseThreadTransport(o =>
            {
                o.StackSize = 256 * 1024;
                o.UseConnectionThread = way == Way.Option;
                o.SplitAtStart = split;
            });
        var app = builder.Build();
        if (way == Way.None)
        {
            app.Run(context => context.Response.WriteAsync(Block(context.Request.Path.Value![1..])));
        }
        else
        {
            app.Use(async (_, next) =>
            {
                if (way == Way.Option)
                {
                    await Task.Run(() => { });
                }

                await next();
            });
            if (way == Way.Middleware)
            {
                app.UseConnectionThread();
            }

            app.MapGet("/{wave}", Block);
        }

        await app.StartAsync().Bounded();
        return app;

        string Block(string wave)
        {
            var all = wave == "1" ? wave1 : wave2;
            all.Signal();
            return !all.Wait(TestTimeout.Default) ? "alone" : Thread.CurrentThread.IsThreadPoolThread ? "pool" : "thread";
        }
    }

    private static HttpClient CreateClient() => new(new SocketsHttpHandler
    {
        MaxConnectionsPerServer = 1,
        UseProxy = false,
#pragma warning disable CA5359 // It is the test's own certificate.
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true },
#pragma warning restore CA5359
    });
}
