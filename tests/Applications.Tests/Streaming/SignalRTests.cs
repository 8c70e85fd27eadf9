using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using static Microsoft.AspNetCore.Http.Connections.HttpTransportType;

namespace Applications.Tests.Streaming;

/// <summary>All kinds of hub methods, over each of SignalR's transports, with the .NET client.</summary>
public sealed class SignalRTests
{
    [Theory, EveryApplicationTransport(WebSockets, ServerSentEvents, LongPolling)]
    public async Task Invoke_ManyCalls_AreAnswered(ITransport transport, HttpTransportType over)
    {
        await using var session = await Session.StartAsync(transport, over);

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(i + 1, await session.Hub.InvokeAsync<int>(nameof(TestHub.Increment), i).Bounded());
        }

        var large = new string('x', 20_000);
        Assert.Equal(large, await session.Hub.InvokeAsync<string>(nameof(TestHub.Echo), large).Bounded());
        await Assert.ThrowsAsync<HubException>(() => session.Hub.InvokeAsync(nameof(TestHub.Refuse)).Bounded());
    }

    [Theory, EveryApplicationTransport(WebSockets, ServerSentEvents, LongPolling)]
    public async Task ClientResults_TheServerAsks_TheClientAnswers(ITransport transport, HttpTransportType over)
    {
        await using var session = await Session.StartAsync(transport, over);
        session.Hub.On("Ask", (string question) => Task.FromResult($"answer to {question}"));

        Assert.Equal("answer to it", await session.Hub.InvokeAsync<string>(nameof(TestHub.AskTheCaller), "it").Bounded());
    }

    [Theory, EveryApplicationTransport(WebSockets, ServerSentEvents, LongPolling)]
    public async Task ServerToClientStream_Counted_ComesInOrder(ITransport transport, HttpTransportType over)
    {
        await using var session = await Session.StartAsync(transport, over);

        var received = session.Hub.StreamAsync<int>(nameof(TestHub.Count), 50).ToListAsync().AsTask();

        Assert.Equal(Enumerable.Range(0, 50), await received.Bounded());
    }

    [Theory, EveryApplicationTransport(WebSockets, ServerSentEvents, LongPolling)]
    public async Task ClientToServerStream_Numbers_AreSummed(ITransport transport, HttpTransportType over)
    {
        await using var session = await Session.StartAsync(transport, over);
        var numbers = Channel.CreateUnbounded<int>();
        var sum = session.Hub.InvokeAsync<int>(nameof(TestHub.Sum), numbers.Reader);

        foreach (var number in Enumerable.Range(1, 50))
        {
            await numbers.Writer.WriteAsync(number);
        }

        numbers.Writer.Complete();
        Assert.Equal(1275, await sum.Bounded());
    }

    [Theory, EveryApplicationTransport(WebSockets, ServerSentEvents, LongPolling)]
    public async Task Broadcast_FromOneClient_ReachesAll(ITransport transport, HttpTransportType over)
    {
        await using var session = await Session.StartAsync(transport, over);
        await using var other = await session.ConnectAsync(over);
        var heard = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listening = other.On<string>("News", heard.SetResult);

        await session.Hub.SendAsync(nameof(TestHub.Tell), "it works").Bounded();

        Assert.Equal("it works", await heard.Task.Bounded());
    }

    [Theory, EveryApplicationTransport(WebSockets, ServerSentEvents, LongPolling)]
    public async Task StopAsync_ClientConnected_ItLearnsThatTheConnectionIsClosed(ITransport transport, HttpTransportType over)
    {
        await using var session = await Session.StartAsync(transport, over);
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        session.Hub.Closed += _ =>
        {
            closed.SetResult();
            return Task.CompletedTask;
        };

        await session.Server.StopAsync();

        await closed.Task.Bounded();
    }

    private sealed class Session : IAsyncDisposable
    {
        private Session(WebServer server) => Server = server;

        public WebServer Server { get; }

        public HubConnection Hub { get; private set; } = null!;

        public static async Task<Session> StartAsync(ITransport transport, HttpTransportType over)
        {
            var server = await WebServer.StartAsync(
                transport,
                app =>
                {
                    app.UseRouting();
                    app.MapHub<TestHub>("/hub");
                },
                new WebServerOptions
                {
                    Builder = builder => builder.Services.AddSignalR(hub => hub.MaximumParallelInvocationsPerClient = 2),
                });
            var session = new Session(server);
            session.Hub = await session.ConnectAsync(over);
            return session;
        }

        public async Task<HubConnection> ConnectAsync(HttpTransportType over)
        {
            var hub = new HubConnectionBuilder().WithUrl(Server.At("/hub"), over).Build();
            await hub.StartAsync().Bounded();
            return hub;
        }

        public async ValueTask DisposeAsync()
        {
            await Hub.DisposeAsync().Bounded();
            await Server.DisposeAsync();
        }
    }

#pragma warning disable CA1822 // Hub methods are instance methods.
    /// <summary>Every kind of hub method.</summary>
    private sealed class TestHub : Hub
    {
        public int Increment(int number) => number + 1;

        public string Echo(string text) => text;

        public void Refuse() => throw new HubException("no");

        public Task<string> AskTheCaller(string question)
            => Clients.Caller.InvokeAsync<string>("Ask", question, Context.ConnectionAborted);

        public Task Tell(string news) => Clients.All.SendAsync("News", news);

        public async IAsyncEnumerable<int> Count(int to, [EnumeratorCancellation] CancellationToken cancellation)
        {
            for (var i = 0; i < to; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                await Task.Yield();
                yield return i;
            }
        }

        public async Task<int> Sum(ChannelReader<int> numbers)
        {
            var sum = 0;
            await foreach (var number in numbers.ReadAllAsync())
            {
                sum += number;
            }

            return sum;
        }
    }
#pragma warning restore CA1822
}
