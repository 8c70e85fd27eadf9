using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>Kestrel's limits of connections, which are a middleware: the transport has accepted and started what they reject.</summary>
public sealed class ConnectionLimitTests
{
    private const string Upgrade = "GET / HTTP/1.1\r\nHost: s\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n";

    [Theory, EveryTransport]
    [Trait("Contract", "97"), Trait("Trap", "39")]
    public async Task Connection_OverTheLimit_EndsWithoutAByte(ITransport transport)
    {
        await using var harness = await StartAsync(transport, limits => limits.MaxConcurrentConnections = 1);
        var first = await harness.ConnectAsync();
        await first.AssertAnswersAsync();

        for (var i = 0; i < 5; i++)
        {
            var rejected = await harness.ConnectAsync();
            Assert.Empty(await rejected.ReceiveToEndAsync());
        }

        await first.AssertAnswersAsync();
        var logged = await harness.Log.WaitForAsync(e => e.Id.Name == "ConnectionRejected", "a rejected connection");
        Assert.Equal(LogLevel.Warning, logged.Level);
        Assert.DoesNotContain(harness.Log.Events, e => e.Level > LogLevel.Warning);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "98")]
    public async Task Connection_Upgraded_CountsAgainstTheOtherLimit(ITransport transport)
    {
        await using var harness = await StartAsync(transport, limits =>
        {
            limits.MaxConcurrentConnections = 1;
            limits.MaxConcurrentUpgradedConnections = 1;
        });
        var upgraded = await harness.ConnectAsync();
        await upgraded.SendAsync(Upgrade);
        Assert.StartsWith("HTTP/1.1 101", await upgraded.ReceiveHeadAsync(), StringComparison.Ordinal);

        // There is room again for one that is not upgraded, and for no second that is.
        var plain = await harness.ConnectAsync();
        await plain.AssertAnswersAsync();
        await plain.SendAsync(Upgrade);
        Assert.StartsWith("HTTP/1.1 503", await plain.ReceiveHeadAsync(), StringComparison.Ordinal);
        var rejected = await harness.ConnectAsync();
        Assert.Empty(await rejected.ReceiveToEndAsync());

        await upgraded.SendAsync("hello");
        Assert.Equal("hello", await upgraded.ReceiveTextAsync(5));
        upgraded.ShutdownSend();
        Assert.Empty(await upgraded.ReceiveToEndAsync());
        plain.Dispose();
        await TestTimeout.UntilAsync(
            async () =>
            {
                using var next = await harness.ConnectAsync();
                await next.SendAsync(Upgrade);
                return (await next.ReceiveHeadOrEndAsync()).StartsWith("HTTP/1.1 101", StringComparison.Ordinal);
            },
            "another connection may be upgraded");
    }

    [Theory, EveryTransport]
    [Trait("Contract", "99")]
    public async Task Connections_EndedInEveryWay_AreNotCountedAnyMore(ITransport transport)
    {
        const int Limit = 4;
        await using var harness = await StartAsync(transport, limits => limits.MaxConcurrentConnections = Limit);
        for (var round = 0; round < 5; round++)
        {
            var clients = await ConnectAllAsync(harness, Limit);
            var rejected = await harness.ConnectAsync();
            Assert.Empty(await rejected.ReceiveToEndAsync());

            clients[0].ShutdownSend();
            clients[1].Reset();
            await clients[2].SendAsync("GET / HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n");
            await clients[2].ReceiveToEndAsync();
            await clients[3].SendAsync("GET /abort HTTP/1.1\r\nHost: s\r\n\r\n");
            await clients[3].ReceiveToResetAsync();
        }

        await ConnectAllAsync(harness, Limit);
    }

    /// <summary>As many as there may be, all open at once. Those that came before may take a moment to be gone.</summary>
    private static async Task<List<TestClient>> ConnectAllAsync(KestrelHarness harness, int limit)
    {
        var clients = new List<TestClient>();
        await TestTimeout.UntilAsync(
            async () =>
            {
                var client = await harness.ConnectAsync();
                await client.SendAsync(RawHttp.Get);
                if ((await client.ReceiveHeadOrEndAsync()).StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
                {
                    clients.Add(client);
                }

                return clients.Count == limit;
            },
            $"{limit} connections at once");
        return clients;
    }

    private static Task<KestrelHarness> StartAsync(ITransport transport, Action<KestrelServerLimits> configure)
        => KestrelHarness.StartHttpAsync(transport, AnswerAsync, configureListen: listen => configure(listen.KestrelServerOptions.Limits));

    private static async Task AnswerAsync(HttpContext http)
    {
        var upgrade = http.Features.Get<IHttpUpgradeFeature>();
        if (http.Request.Path == "/abort")
        {
            http.Abort();
        }
        else if (upgrade?.IsUpgradableRequest != true)
        {
            await http.Response.WriteAsync("hello");
        }
        else
        {
            await EchoAsync(http, upgrade);
        }
    }

    private static async Task EchoAsync(HttpContext http, IHttpUpgradeFeature upgrade)
    {
        Stream stream;
        try
        {
            stream = await upgrade.UpgradeAsync();
        }
        catch (InvalidOperationException)
        {
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        await stream.CopyToAsync(stream);
    }
}
