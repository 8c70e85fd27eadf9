using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Support;

namespace ThreadTransport.Tests.WayBack;

/// <summary>
/// A task that ends on the request's thread, while the code that awaits it has looked at it already but not yet registered what
/// follows: that must not go on on the pool. Compiling the registering can take that long; here it is made to.
/// </summary>
public sealed class LateAwaitTests
{
    [Theory]
    [InlineData(HttpProtocols.Http1, false)]
    [InlineData(HttpProtocols.Http2, true)]
    public async Task Task_AwaitedLate_ContinuesOnTheRequestsThread(HttpProtocols protocols, bool onThreads)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost
            .UseKestrelCore()
            .ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols))
            .UseThreadTransport(o => o.CanBind = _ => onThreads);
        await using var app = builder.Build();
        app.UseConnectionThread();
        app.Run(async http =>
        {
            var returned = HopAndReturnAsync(http.Features.Get<IConnectionThreadFeature>()!);
            await new Late(returned);
            await http.Response.WriteAsync(Thread.CurrentThread.IsThreadPoolThread ? "pool" : "thread");
        });
        await app.StartAsync().Bounded();
        using var client = new HttpClient
        {
            DefaultRequestVersion = protocols == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        Assert.Equal("thread", await client.GetStringAsync(new Uri(app.Urls.Single())).Bounded());
    }

    private static async Task HopAndReturnAsync(IConnectionThreadFeature thread)
    {
        await Task.Run(() => { });
        await thread.ReturnAsync();
    }

    /// <summary>Awaits a task, and takes its time to register what follows.</summary>
    private sealed class Late(Task task) : ICriticalNotifyCompletion
    {
        private static readonly TimeSpan _time = TimeSpan.FromMilliseconds(50);

        public bool IsCompleted => false;

        public Late GetAwaiter() => this;

        public void GetResult() => task.GetAwaiter().GetResult();

        public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

        public void UnsafeOnCompleted(Action continuation)
        {
            var began = Stopwatch.GetTimestamp();
            while (!task.IsCompleted && Stopwatch.GetElapsedTime(began) < _time)
            {
                // No wait: a thread that waits is not on its way back.
                Thread.SpinWait(100);
            }

            task.GetAwaiter().UnsafeOnCompleted(continuation);
        }
    }
}
