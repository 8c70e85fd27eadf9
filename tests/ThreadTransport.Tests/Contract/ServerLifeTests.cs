using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>What Kestrel asks of a transport's listeners, from the first bind to the last stop.</summary>
public sealed class ServerLifeTests
{
    [Theory, EveryTransport]
    [Trait("Contract", "90")]
    public async Task AcceptAsync_Throws_IsCriticalOnceAndEndsAcceptingOnly(ITransport transport)
    {
        var accepts = 0;
        var watched = new WatchedTransport(transport)
        {
            Accept = listener => Interlocked.Increment(ref accepts) == 2
                ? throw new InvalidDataException("of the listener")
                : listener.AcceptAsync(),
        };
        await using var harness = await KestrelHarness.StartAsync(watched, Applications.EchoAsync);
        var served = await harness.ConnectAsync();
        await harness.Log.WaitForAsync(e => e.Level == LogLevel.Critical, "the exception of the listener");

        var waiting = await harness.ConnectAsync();
        await AssertEchoesAsync(served);
        served.ShutdownSend();
        await harness.StopAsync();

        Assert.IsType<InvalidDataException>(Assert.Single(harness.Log.Events, e => e.Level == LogLevel.Critical).Exception);
        await waiting.ReceiveToAnyEndAsync();
        var listener = Assert.Single(watched.Bound);
        Assert.Equal((2, 1, 1), (listener.Accepts, listener.Unbinds, listener.Disposals));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "91")]
    public async Task OnCompleted_HandlerReturns_EveryCallbackRunsThoughOneThrows(ITransport transport)
    {
        using var ran = new SemaphoreSlim(0);
        await using var harness = await KestrelHarness.StartAsync(transport, connection =>
        {
            var completion = connection.Features.Get<IConnectionCompleteFeature>()!;
            completion.OnCompleted(Release, ran);
            completion.OnCompleted(_ => throw new InvalidDataException("of a callback"), ran);
            completion.OnCompleted(Release, ran);
            return Task.CompletedTask;
        });

        var client = await harness.ConnectAsync();

        Assert.Empty(await client.ReceiveToEndAsync());
        Assert.True(await ran.WaitAsync(TestTimeout.Default));
        Assert.True(await ran.WaitAsync(TestTimeout.Default));
        var logged = await harness.Log.WaitForAsync(e => e.Level == LogLevel.Error, "the exception of a callback");
        Assert.IsType<InvalidDataException>(logged.Exception);

        static Task Release(object state)
        {
            ((SemaphoreSlim)state).Release();
            return Task.CompletedTask;
        }
    }

    [Theory, EveryTransport]
    [Trait("Contract", "92")]
    public async Task StopAsync_Twice_UnbindsOnceAndBothWaitForIt(ITransport transport)
    {
        var gate = new TaskCompletionSource();
        var watched = new WatchedTransport(transport) { Unbind = listener => UnbindAfterAsync(gate.Task, listener) };
        await using var server = await WebServer.StartAsync(watched, web => web.UseUrls("http://127.0.0.1:0"));

        var first = server.Server.StopAsync(CancellationToken.None);
        var second = server.Server.StopAsync(CancellationToken.None);

        Assert.False(first.IsCompleted);
        Assert.False(second.IsCompleted);
        gate.SetResult();
        await Task.WhenAll(first, second).Bounded();
        await server.StopAsync();
        var listener = Assert.Single(watched.Bound);
        Assert.Equal((1, 1), (listener.Unbinds, listener.Disposals));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "93")]
    public async Task StopAsync_UnbindThrows_EveryStopThrowsIt(ITransport transport)
    {
        var exception = new InvalidDataException("of the listener");
        var watched = new WatchedTransport(transport)
        {
            Unbind = async listener =>
            {
                await listener.DisposeAsync();
                throw exception;
            },
        };
        var server = await WebServer.StartAsync(watched, web => web.UseUrls("http://127.0.0.1:0"));

        var first = server.Server.StopAsync(CancellationToken.None);
        var second = server.Server.StopAsync(CancellationToken.None);

        Assert.Same(exception, await Assert.ThrowsAsync<InvalidDataException>(() => first.Bounded()));
        Assert.Same(exception, await Assert.ThrowsAsync<InvalidDataException>(() => second.Bounded()));
        Assert.Equal(1, Assert.Single(watched.Bound).Unbinds);
        await Assert.ThrowsAsync<InvalidDataException>(() => server.DisposeAsync().Bounded());
    }

    [Theory, EveryTransport]
    [Trait("Contract", "94")]
    public async Task StopAsync_WhatFollowsTheSecond_DoesNotHoldTheFirst(ITransport transport)
    {
        var gate = new TaskCompletionSource();
        var watched = new WatchedTransport(transport) { Unbind = listener => UnbindAfterAsync(gate.Task, listener) };
        await using var server = await WebServer.StartAsync(watched, web => web.UseUrls("http://127.0.0.1:0"));
        var first = server.Server.StopAsync(CancellationToken.None);
        var second = server.Server.StopAsync(CancellationToken.None);
        var follower = Task.Run(async () =>
        {
            await second;
            return first.Wait(TestTimeout.Default);
        });

        gate.SetResult();

        Assert.True(await follower.Bounded(), "The first stop waited for what follows the second.");
    }

    [Theory, EveryTransport]
    [Trait("Contract", "95")]
    public async Task Reload_ChangedEndpoint_IsReplacedAndTheOthersGoOn(ITransport transport)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
        [
            new("Endpoints:Kept:Url", "http://127.0.0.1:0"),
            new("Endpoints:Moved:Url", "http://127.0.0.2:0"),
        ]).Build();
        var watched = new WatchedTransport(transport);
        await using var server = await WebServer.StartAsync(
            watched, web => web.ConfigureKestrel(kestrel => kestrel.Configure(configuration, reloadOnChange: true)));
        var kept = watched.Bound.Single(listener => AddressOf(listener) == "127.0.0.1");
        var moved = watched.Bound.Single(listener => AddressOf(listener) == "127.0.0.2");
        using var onKept = await TestClient.ConnectAsync(kept.EndPoint);
        using var onMoved = await TestClient.ConnectAsync(moved.EndPoint);
        await onKept.AssertAnswersAsync();
        await onMoved.AssertAnswersAsync();

        configuration["Endpoints:Moved:Url"] = "http://127.0.0.3:0";
        configuration["Endpoints:New:Url"] = "http://127.0.0.4:0";
        configuration.Reload();

        Assert.Empty(await onMoved.ReceiveToEndAsync());
        await TestTimeout.EventuallyAsync(() => watched.Bound.Count == 4, "both endpoints are bound");
        Assert.Equal((1, 1), (moved.Unbinds, moved.Disposals));
        Assert.Equal(["127.0.0.3", "127.0.0.4"], watched.Bound.Skip(2).Select(AddressOf).Order());
        foreach (var listener in watched.Bound.Skip(2))
        {
            using var client = await TestClient.ConnectAsync(listener.EndPoint);
            await client.AssertAnswersAsync();
        }

        await onKept.AssertAnswersAsync();
        Assert.Equal(0, kept.Unbinds);
        await server.StopAsync();
        Assert.All(watched.Bound, listener => Assert.Equal((1, 1), (listener.Unbinds, listener.Disposals)));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "96")]
    public async Task Factories_Several_TheLastThatTakesTheEndpointBindsIt(ITransport transport)
    {
        var watched = new WatchedTransport(transport);
        await using (var server = await WebServer.StartAsync(watched, web => web
            .UseUrls("http://127.0.0.1:0")
            .ConfigureServices(services => services.AddSingleton<IConnectionListenerFactory, DecliningFactory>())))
        {
            Assert.Equal($"http 127.0.0.1 {server.Port}", await WebServer.AskWhereAsync("http", IPAddress.Loopback, server.Port));
            Assert.Single(watched.Bound);
        }

        var behind = new WatchedTransport(transport);
        await Assert.ThrowsAsync<InvalidDataException>(() => WebServer.StartAsync(behind, web => web
            .UseUrls("http://127.0.0.1:0")
            .ConfigureServices(services => services.AddSingleton<IConnectionListenerFactory, TakingFactory>())));
        Assert.Empty(behind.Bound);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "109"), Trait("Trap", "26")]
    public async Task Application_NeverCompletesAndIsForgotten_IsCritical(ITransport transport)
    {
        await using var harness = await KestrelHarness.StartHttpAsync(transport, _ => WaitForNobodyAsync());
        await LeaveAsync(harness);

        // Kestrel only learns of it when the connection is collected, which nothing may stand in the way of.
        await TestTimeout.EventuallyAsync(
            () =>
            {
                GC.Collect();
                return harness.Log.Events.Any(e => e.Level == LogLevel.Critical);
            },
            "the connection is collected");
        Assert.Equal("ApplicationNeverCompleted", Assert.Single(harness.Log.Events, e => e.Level == LogLevel.Critical).Id.Name);
    }

    /// <summary>In a method of its own, so that nothing of the client stays on the test's stack.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task LeaveAsync(KestrelHarness harness)
    {
        var client = await harness.ConnectAsync();
        await client.SendAsync(RawHttp.Get);
        await harness.Log.WaitForAsync(e => e.Message.Contains("Request starting", StringComparison.Ordinal), "the request");
        client.ShutdownSend();
        await client.ReceiveToEndAsync();
    }

    /// <summary>What it waits for is known to nobody else, so that only the connection keeps it alive.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task WaitForNobodyAsync() => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously).Task;

    private static async ValueTask UnbindAfterAsync(Task gate, IConnectionListener listener)
    {
        await gate;
        await listener.UnbindAsync();
    }

    private static string AddressOf(WatchedTransport.Listener listener) => ((IPEndPoint)listener.EndPoint).Address.ToString();

    private static async Task AssertEchoesAsync(TestClient client)
    {
        await client.SendAsync("hello");
        Assert.Equal("hello", await client.ReceiveTextAsync(5));
    }

    private sealed class DecliningFactory : IConnectionListenerFactory, IConnectionListenerFactorySelector
    {
        public bool CanBind(EndPoint endpoint) => false;

        public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
            => throw new InvalidDataException("Nobody should have asked.");
    }

    private sealed class TakingFactory : IConnectionListenerFactory
    {
        public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
            => throw new InvalidDataException("It was asked, as it should.");
    }
}
