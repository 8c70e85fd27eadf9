using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Applications.Tests.Streaming;

/// <summary>Server-Sent Events: a response that goes on for as long as the client listens.</summary>
public sealed class ServerSentEventsTests
{
    [Theory, EveryApplicationTransport(Listening.Http1, Listening.Http2, Listening.Tls)]
    public async Task Events_OneByOne_ReachTheClientAtOnce(ITransport transport, Listening listening)
    {
        var events = Channel.CreateUnbounded<int>();
        await using var server = await StartAsync(transport, listening, events, left: null);
        using var client = server.CreateClient();
        await events.Writer.WriteAsync(0);
        await using var stream = await client.GetStreamAsync(server.At("/events")).Bounded();
        await using var received = SseParser.Create(stream).EnumerateAsync().GetAsyncEnumerator();

        // The next is written only when the last has arrived. The headers come with the first.
        for (var i = 0; i < 50; i++)
        {
            Assert.True(await received.MoveNextAsync().Bounded());
            Assert.Equal("count", received.Current.EventType);
            Assert.Equal($"{i}", received.Current.Data);
            await events.Writer.WriteAsync(i + 1);
        }

        Assert.True(await received.MoveNextAsync().Bounded());

        events.Writer.Complete();
        Assert.False(await received.MoveNextAsync().Bounded());
    }

    [Theory, EveryApplicationTransport(Listening.Http1, Listening.Http2)]
    public async Task ClientLeaves_WhileNothingHappens_TheServerIsTold(ITransport transport, Listening listening)
    {
        using var left = new SemaphoreSlim(0);
        var events = Channel.CreateUnbounded<int>();
        await using var server = await StartAsync(transport, listening, events, left);
        using var client = server.CreateClient();
        await events.Writer.WriteAsync(1);
        var stream = await client.GetStreamAsync(server.At("/events")).Bounded();
        Assert.NotEqual(0, await stream.ReadAsync(new byte[1]).Bounded());

        await stream.DisposeAsync();

        Assert.True(await left.WaitAsync(TestTimeout.Default));
    }

    private static Task<WebServer> StartAsync(
        ITransport transport,
        Listening listening,
        Channel<int> events,
        SemaphoreSlim? left)
        => WebServer.StartAsync(
            transport,
            app =>
            {
                app.UseRouting();
                app.MapGet(
                    "/events",
                    (CancellationToken aborted) => TypedResults.ServerSentEvents(ReadAsync(events, left, aborted), "count"));
            },
            new WebServerOptions { Listening = listening });

    private static async IAsyncEnumerable<int> ReadAsync(
        Channel<int> events,
        SemaphoreSlim? left,
        [EnumeratorCancellation] CancellationToken aborted)
    {
        try
        {
            await foreach (var number in events.Reader.ReadAllAsync(aborted))
            {
                yield return number;
            }
        }
        finally
        {
            if (aborted.IsCancellationRequested)
            {
                left?.Release();
            }
        }
    }
}
