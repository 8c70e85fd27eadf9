using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Support;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;

namespace ThreadTransport.Tests.Contract;

/// <summary>
/// Kestrel's timeouts, which its one timer thread enforces on connections that others are using: it cancels reads and aborts.
/// It looks once a second, so these tests take a few, and wait for all transports at once.
/// </summary>
public sealed class TimeoutTests
{
    private const string Post = "POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 1000\r\n\r\nx";

    /// <summary>The smallest grace that there may be is just over a second.</summary>
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(1.1);

    [Fact]
    [Trait("Contract", "100"), Trait("Trap", "24")]
    public Task Response_NotTakenAfterItsEnd_IsAborted() => OnEveryTransportAsync(async transport =>
    {
        // The transport takes it all at once, and the kernel does not; the rate is what adds little to the grace.
        await using var harness = await KestrelHarness.StartHttpAsync(
            transport,
            async http => await http.Response.Body.WriteAsync(Pattern.Create(Flood.Size)),
            settings => settings.MaxWriteBufferSize = null,
            configureListen: listen => listen.KestrelServerOptions.Limits.MinResponseDataRate = new MinDataRate(1_000_000_000, _grace));
        var client = await harness.ConnectAsync(receiveBufferSize: 64 * 1024);

        await client.SendAsync("GET / HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n");

        var logged = await harness.Log.WaitForAsync(e => e.IsTransport && e.Id.Id == TransportEvent.WriteRst, "the abort");
        Assert.Contains("minimum data rate", logged.Message, StringComparison.Ordinal);
        Assert.True((await client.ReceiveToResetAsync()).Length < Flood.Size);
        await harness.Log.WaitForAsync(e => e.Id.Name == "ConnectionStop", "the end of the connection");
    });

    [Fact]
    [Trait("Contract", "101"), Trait("Trap", "3")]
    public Task RequestBody_ComesTooSlowly_Is408() => OnEveryTransportAsync(async transport =>
    {
        var read = new TaskCompletionSource<BadHttpRequestException?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var harness = await StartWithBodyRateAsync(transport, async http =>
        {
            try
            {
                await http.Request.Body.CopyToAsync(Stream.Null);
                read.SetResult(null);
            }
            catch (BadHttpRequestException exception)
            {
                read.SetResult(exception);
                throw;
            }
        });
        var client = await harness.ConnectAsync();
        await client.SendAsync(Post);

        Assert.StartsWith("HTTP/1.1 408", await client.ReceiveTextToAnyEndAsync(), StringComparison.Ordinal);
        Assert.Equal(StatusCodes.Status408RequestTimeout, (await read.Task.Bounded())?.StatusCode);
    });

    [Fact]
    [Trait("Contract", "102")]
    public Task RequestBody_LeftUnreadAndNeverSent_EndsTheConnection() => OnEveryTransportAsync(async transport =>
    {
        await using var harness = await StartWithBodyRateAsync(transport, _ => Task.CompletedTask);
        var client = await harness.ConnectAsync();
        await client.SendAsync(Post);

        Assert.StartsWith("HTTP/1.1 200", await client.ReceiveTextToAnyEndAsync(), StringComparison.Ordinal);
        await harness.Log.WaitForAsync(e => e.Id.Name == "RequestBodyDrainTimedOut", "the end of draining");
    });

    [Fact]
    [Trait("Contract", "103")]
    public Task RequestBody_ComesTooSlowlyAndTheApplicationDoesNotMind_EndsTheConnectionAllTheSame() => OnEveryTransportAsync(async transport =>
    {
        await using var harness = await StartWithBodyRateAsync(transport, async http =>
        {
            try
            {
                await http.Request.Body.CopyToAsync(Stream.Null);
            }
            catch (BadHttpRequestException)
            {
                await http.Response.WriteAsync("never mind");
            }
        });
        var client = await harness.ConnectAsync();
        await client.SendAsync(Post);

        var answer = await client.ReceiveTextToAnyEndAsync();

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Contains("never mind", answer, StringComparison.Ordinal);
    });

    [Fact]
    [Trait("Contract", "105")]
    public Task Connection_NothingSent_EndsWithFin() => OnEveryTransportAsync(async transport =>
    {
        await using var harness = await StartWithKeepAliveAsync(transport, http => http.Response.WriteAsync("hello"));

        var client = await harness.ConnectAsync();

        Assert.Empty(await client.ReceiveToEndAsync());
        Assert.Empty(harness.Log.Complaints);
    });

    [Fact]
    [Trait("Contract", "106")]
    public Task Request_RunsForLongerThanTheKeepAliveTimeout_IsAnswered() => OnEveryTransportAsync(async transport =>
    {
        const int Ticks = 4;
        await using var harness = await StartWithKeepAliveAsync(transport, async http =>
        {
            // Not disposed: the heart beats on.
            var ticks = new SemaphoreSlim(0);
            http.Features.Get<IConnectionHeartbeatFeature>()!.OnHeartbeat(static ticks => ((SemaphoreSlim)ticks).Release(), ticks);
            for (var i = 0; i < Ticks; i++)
            {
                Assert.True(await ticks.WaitAsync(TestTimeout.Default));
            }

            await http.Response.WriteAsync("hello");
        });
        var client = await harness.ConnectAsync();

        await client.AssertAnswersAsync();
    });

    private static Task OnEveryTransportAsync(Func<ITransport, Task> test)
        => Task.WhenAll(Transports.Every.Select(async transport =>
        {
            try
            {
                await test(transport);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"On {transport}: {exception.Message}", exception);
            }
        }));

    private static Task<KestrelHarness> StartWithBodyRateAsync(ITransport transport, RequestDelegate application)
        => KestrelHarness.StartHttpAsync(
            transport,
            application,
            configureListen: listen => listen.KestrelServerOptions.Limits.MinRequestBodyDataRate = new MinDataRate(10_000, _grace));

    private static Task<KestrelHarness> StartWithKeepAliveAsync(ITransport transport, RequestDelegate application)
        => KestrelHarness.StartHttpAsync(
            transport,
            application,
            configureListen: listen => listen.KestrelServerOptions.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(1));
}
