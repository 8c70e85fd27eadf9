using System.Text;
using Microsoft.AspNetCore.Http;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>Connection middleware that does not behave.</summary>
public sealed class MiddlewareTests
{
    [Theory, EveryTransport]
    [Trait("Contract", "34")]
    public async Task Middleware_Throws_ClosesTheConnectionAndTheServerLivesOn(ITransport transport)
    {
        var connections = 0;
        await using var harness = await KestrelHarness.StartHttpAsync(
            transport,
            http => http.Response.WriteAsync("hello"),
            configureListen: listen => listen.Use(next => connection => Interlocked.Increment(ref connections) == 1
                ? throw new InvalidOperationException("a middleware's")
                : next(connection)));
        var refused = await harness.ConnectAsync();
        Assert.Empty(await refused.ReceiveToEndAsync());

        var client = await harness.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n");

        Assert.Contains("hello", Encoding.ASCII.GetString(await client.ReceiveToEndAsync()), StringComparison.Ordinal);
        await harness.StopAsync();
    }
}
