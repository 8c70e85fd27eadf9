using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Support;
using ThreadTransport.Internal.Listening;
using ThreadTransport.Tests.Contract;

namespace ThreadTransport.Tests.Promises;

/// <summary>P8: who shares the room for connections, and who does not depend on it.</summary>
[Trait("Promise", "P8")]
public sealed class SharedBudgetTests
{
    [Fact]
    public async Task Wait_ManyClientsOnTwoListeners_TakeTurns()
    {
        await using var harness = await TransportHarness.BindAsync(With(1));
        var other = await harness.BindAsync(new IPEndPoint(IPAddress.Loopback, 0));
        var (served, _) = await harness.ConnectAsync();
        IConnectionListener[] listeners = [harness.Listener, other];
        foreach (var listener in listeners)
        {
            for (var i = 0; i < 4; i++)
            {
                await harness.ConnectClientAsync(listener.EndPoint);
            }
        }

        // As Kestrel has it: each listener's loop asks for the next as soon as it has been given one.
        var accepts = Array.ConvertAll(listeners, listener => harness.AcceptAsync(listener));
        for (var i = 0; i < 6; i++)
        {
            Assert.All(accepts, accept => Assert.False(accept.IsCompleted));
            served.Abort(new ConnectionAbortedException("It leaves."));
            await served.DisposeAsync().Bounded();

            var next = i % 2;
            served = await accepts[next].Bounded();
            accepts[next] = harness.AcceptAsync(listeners[next]);
        }

        foreach (var listener in listeners)
        {
            await listener.UnbindAsync().Bounded();
        }

        foreach (var accept in accepts)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => accept);
        }
    }

    [Theory]
    [InlineData(WhenFull.Wait)]
    [InlineData(WhenFull.Reject)]
    public async Task EndpointOnSockets_WhileTheThreadsAreFull_Answers(WhenFull whenFull)
    {
        var bound = 0;
        using var host = new HostBuilder()
            .ConfigureWebHost(web => web
                .UseKestrelCore()
                .ConfigureKestrel(kestrel =>
                {
                    kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Run(Applications.EchoAsync));
                    kestrel.Listen(IPAddress.Loopback, 0);
                })
                .UseThreadTransport(o =>
                {
                    o.MaxConnections = 1;
                    o.WhenFull = whenFull;
                    o.CanBind = _ => bound++ == 0;
                })
                .Configure(app => app.Run(http => http.Response.WriteAsync("hello"))))
            .Build();
        await host.StartAsync().Bounded();
        var addresses = host.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        var (onThreads, onSockets) = (EndPointOf(addresses.First()), EndPointOf(addresses.Last()));

        using var served = await TestClient.ConnectAsync(onThreads);
        await served.AssertEchoesAsync("first");
        var turnedAway = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => TryConnectAsync(onThreads)));
        for (var i = 0; i < 20; i++)
        {
            using var probe = await TestClient.ConnectAsync(onSockets);
            await probe.AssertAnswersAsync();
        }

        await served.AssertEchoesAsync("and still");
        Array.ForEach(turnedAway, client => client?.Dispose());
        await host.StopAsync(new CancellationToken(canceled: true)).Bounded();
    }

    [Fact]
    public async Task KestrelsLimit_BelowTheTransports_ClosesWhatIsAboveIt_AndGivesItsRoomBack()
    {
        using var host = await StartAsync(transport: 3, kestrel: 1);
        var admission = host.Services.GetServices<IConnectionListenerFactory>().OfType<ThreadTransportFactory>().Single().Admission;
        using var served = await ConnectAsync(host);
        await served.AssertEchoesAsync("first");

        for (var i = 0; i < 5; i++)
        {
            using var closed = await ConnectAsync(host);
            Assert.Empty(await closed.ReceiveToEndAsync());
        }

        await TestTimeout.EventuallyAsync(() => admission.Free == 2, "only the one that is served takes room");
        await served.AssertEchoesAsync("and still");
        await host.StopAsync(new CancellationToken(canceled: true)).Bounded();
    }

    [Fact]
    public async Task KestrelsLimit_AboveTheTransports_IsNeverReached()
    {
        using var host = await StartAsync(transport: 1, kestrel: 2);
        using var served = await ConnectAsync(host);
        await served.AssertEchoesAsync("first");
        using var waiting = await ConnectAsync(host);
        await waiting.SendAsync("second");
        await served.AssertEchoesAsync("and still");

        served.ShutdownSend();

        Assert.Equal("second", await waiting.ReceiveTextAsync(6));
        await host.StopAsync(new CancellationToken(canceled: true)).Bounded();
    }

    private static ITransport With(int maxConnections) => Transports.ThreadsWith(o => o.MaxConnections = maxConnections);

    private static async Task<IHost> StartAsync(int transport, int kestrel)
    {
        var host = new HostBuilder()
            .ConfigureWebHost(web => web
                .UseKestrelCore()
                .ConfigureKestrel(options =>
                {
                    options.Limits.MaxConcurrentConnections = kestrel;
                    options.Listen(IPAddress.Loopback, 0, listen => listen.Run(Applications.EchoAsync));
                })
                .UseThreadTransport(o => o.MaxConnections = transport)
                .Configure(_ => { }))
            .Build();
        await host.StartAsync().Bounded();
        return host;
    }

    private static Task<TestClient> ConnectAsync(IHost host)
    {
        var addresses = host.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        return TestClient.ConnectAsync(EndPointOf(addresses.Single()));
    }

    /// <returns>Null for a client whose reset met its connecting.</returns>
    private static async Task<TestClient?> TryConnectAsync(IPEndPoint endPoint)
    {
        try
        {
            return await TestClient.ConnectAsync(endPoint);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            return null;
        }
    }

    private static IPEndPoint EndPointOf(string address)
    {
        var parsed = BindingAddress.Parse(address);
        return new IPEndPoint(IPAddress.Parse(parsed.Host), parsed.Port);
    }
}
