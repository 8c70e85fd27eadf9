using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>Responses that arrive, and clients that do not stay for them.</summary>
public sealed class ResponseTests
{
    private const string Header = "X-Test";

    [Theory, EveryTransport]
    [Trait("Contract", "21")]
    public async Task Download_InManySmallFlushes_ArrivesWhole(ITransport transport)
    {
        const int Chunk = 1024;
        const int Chunks = 1024;
        await using var harness = await KestrelHarness.StartHttpAsync(transport, async http =>
        {
            http.Response.ContentLength = Chunk * Chunks;
            for (var i = 0; i < Chunks; i++)
            {
                await http.Response.Body.WriteAsync(Pattern.At(i * Chunk, Chunk));
            }
        });
        using var client = TestHttp.CreateClient(harness.EndPoint);

        var body = await client.GetByteArrayAsync(new Uri("http://server/")).Bounded();

        Assert.Equal(Chunk * Chunks, body.Length);
        Pattern.Check(body, 0);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "22")]
    public async Task Headers_WithNullValues_AreLeftOut(ITransport transport)
    {
        (string Name, StringValues Value, string? Expected)[] cases =
        [
            (Header, (string?)null, null),
            (Header, "", ""),
            (Header, new string?[] { null }, null),
            (Header, new[] { "" }, ""),
            (Header, new[] { null, "" }, ""),
            ("Location", (string?)null, null),
            ("Location", "", ""),
            ("Location", new string?[] { null }, null),
            ("Location", new[] { "" }, ""),
            ("Location", new[] { null, "" }, ""),
        ];
        await using var harness = await KestrelHarness.StartHttpAsync(transport, http =>
        {
            var (name, value, _) = cases[int.Parse(http.Request.Path.Value!.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture)];
            http.Response.Headers.TryAdd(name, value);
            return http.Response.WriteAsync("");
        });
        using var client = TestHttp.CreateClient(harness.EndPoint);

        for (var i = 0; i < cases.Length; i++)
        {
            using var response = await client.GetAsync(new Uri($"http://server/{i}")).Bounded();
            var found = response.Headers.TryGetValues(cases[i].Name, out var values);
            Assert.Equal(cases[i].Expected, found ? string.Concat(values!) : null);
        }
    }

    [Theory, EveryTransport(Servers.Plain, Servers.PassThrough)]
    [Trait("Contract", "23")]
    public async Task Write_AfterBothSidesHaveEnded_IsSwallowed(ITransport transport, string middleware)
    {
        var inside = new Signal();
        var ended = new Signal();
        var write = new Attempt();
        await using var harness = await Servers.StartAsync(transport, middleware, async http =>
        {
            inside.Set();
            await ended.WaitAsync();
            http.Response.ContentLength = 12;
            await write.RunAsync(() => http.Response.WriteAsync("hello, world"));
        });
        var client = await harness.ConnectAsync();
        await client.SendAsync(Requests.Get);
        await inside.WaitAsync();
        client.ShutdownSend();
        Assert.Empty(await client.ReceiveToEndAsync());

        ended.Set();

        await write.Outcome;
        await harness.StopAsync();
        Assert.Empty(harness.Log.Above(LogLevel.Debug));
    }

    [Theory, EveryTransport(Servers.Plain, Servers.PassThrough)]
    [Trait("Contract", "24")]
    public async Task Write_WithTheRequestsTokenAfterTheClientLeft_IsCancelled(ITransport transport, string middleware)
    {
        // Too much to be taken at once.
        var large = new string('a', (64 * 1024) + 1);
        var inside = new Signal();
        var aborted = new Signal();
        var write = new Attempt();
        await using var harness = await Servers.StartAsync(transport, middleware, async http =>
        {
            http.RequestAborted.Register(aborted.Set);
            inside.Set();
            await aborted.WaitAsync();
            await write.RunAsync(() => http.Response.WriteAsync(large, http.RequestAborted));
        });
        var client = await harness.ConnectAsync();
        await client.SendAsync(Requests.Post(0));
        await inside.WaitAsync();

        client.Dispose();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write.Outcome);
    }

    [Theory, EveryTransport(Servers.Plain, Servers.PassThrough)]
    [Trait("Contract", "25")]
    public async Task Write_AfterAnEndThatNobodySaw_FiresRequestAborted(ITransport transport, string middleware)
    {
        const int Limit = 4096;
        var left = new Signal();
        var aborted = new Signal();
        var outcome = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var harness = await Servers.StartAsync(
            transport,
            middleware,
            async http =>
            {
                http.RequestAborted.Register(aborted.Set);
                await left.WaitAsync();
                try
                {
                    while (true)
                    {
                        await http.Response.Body.WriteAsync(Pattern.At(0, 8 * Limit), http.RequestAborted);

                        // The writes that fail are the transport's; it must get to them.
                        await Task.Yield();
                    }
                }
                catch (OperationCanceledException exception)
                {
                    outcome.SetResult(exception);
                }

                await aborted.WaitAsync();
            },
            settings => settings.MaxReadBufferSize = Limit);
        var client = await harness.ConnectAsync();
        await client.SendAsync(Requests.Post(8 * Limit));
        await client.SendAsync(Pattern.At(0, 8 * Limit));
        await harness.Log.WaitForTransportEventAsync(TransportEvent.Pause);
        client.Dispose();

        left.Set();

        await outcome.Task.Bounded();
        await aborted.WaitAsync();
        await harness.StopAsync();
        Assert.Equal(1, harness.Log.CountKestrelEvents(KestrelLog.ConnectionStop));
        Assert.Equal(0, harness.Memory.Outstanding);
    }

    [Theory, EveryTransport(Servers.Plain, Servers.PassThrough)]
    [Trait("Contract", "26")]
    public async Task Rst_WhileTheResponseIsSent_LeavesTheHandlersWritesAlone(ITransport transport, string middleware)
    {
        const int Segment = 64 * 1024;
        var aborted = new Signal();
        var done = new Attempt();
        await using var harness = await Servers.StartAsync(transport, middleware, async http =>
        {
            http.RequestAborted.Register(aborted.Set);
            await done.RunAsync(() => WriteAllAsync(http));
        });
        var client = await harness.ConnectAsync(receiveBufferSize: Segment);
        await client.SendAsync(Requests.Get);
        await client.ReceiveExactlyAsync(Segment);

        client.Reset();

        await aborted.WaitAsync();
        await harness.Log.WaitForAsync(
            e => e.IsTransport && e.Id.Id is TransportEvent.Reset or TransportEvent.ReadFin,
            "the client's end");
        await done.Outcome;
        await harness.StopAsync();
        Assert.Equal(1, harness.Log.CountKestrelEvents(KestrelLog.ConnectionStop));
        Assert.Empty(harness.Log.Above(LogLevel.Debug));

        // More than is on the way without the client, then as much again with nobody there.
        async Task WriteAllAsync(HttpContext http)
        {
            for (var i = 0; i < 200; i++)
            {
                await http.Response.Body.WriteAsync(Pattern.At(0, Segment));
            }

            await aborted.WaitAsync();
            await http.Response.Body.WriteAsync(Pattern.At(0, Segment));
        }
    }

    [Theory, EveryTransport(Servers.Plain, Servers.PassThrough)]
    [Trait("Contract", "27")]
    public async Task Rst_RightAfterTheRequest_IsNothingToComplainOf(ITransport transport, string middleware)
    {
        await using var harness = await Servers.StartAsync(transport, middleware, _ => Task.CompletedTask);
        for (var i = 0; i < 10; i++)
        {
            var client = await harness.ConnectAsync();
            await client.SendAsync(Requests.Get);
            client.Reset();
        }

        await harness.StopAsync();

        // Half a request may have been read, which Kestrel mentions.
        Assert.Empty(harness.Log.Above(LogLevel.Information));
        Assert.DoesNotContain(harness.Log.Events, e => e.IsTransport && e.Level > LogLevel.Debug);
    }
}
