using Applications.Tests.Protocols.Counting;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Applications.Tests.Protocols;

/// <summary>gRPC's four kinds of calls, and its ways to end, with the .NET client.</summary>
public sealed class GrpcTests
{
    [Theory, EveryApplicationTransport(Listening.Http2, Listening.Tls)]
    public async Task Unary_LargeMessage_ComesBackWithTrailers(ITransport transport, Listening listening)
    {
        const int Size = 2 * 1024 * 1024;
        await using var call = await Session.StartAsync(transport, listening);

        var payload = ByteString.CopyFrom(Pattern.Create(Size));
        using var square = call.Client.SquareAsync(new Number { Value = 12, Payload = payload });
        var answer = await square.ResponseAsync.Bounded();

        Assert.Equal(144, answer.Value);
        Assert.Equal(Size, answer.Payload.Length);
        Pattern.Check(answer.Payload.Span, 0);
        Assert.Equal("unary", square.GetTrailers().GetValue("kind"));
    }

    [Theory, EveryApplicationTransport(Listening.Http2, Listening.Tls)]
    public async Task ClientStreaming_ManyMessages_AreAllCounted(ITransport transport, Listening listening)
    {
        await using var call = await Session.StartAsync(transport, listening);
        using var sum = call.Client.Sum();

        for (var i = 1; i <= 1000; i++)
        {
            await sum.RequestStream.WriteAsync(new Number { Value = i }).Bounded();
        }

        await sum.RequestStream.CompleteAsync().Bounded();
        Assert.Equal(500_500, (await sum.ResponseAsync.Bounded()).Value);
    }

    [Theory, EveryApplicationTransport(Listening.Http2, Listening.Tls)]
    public async Task ServerStreaming_ManyMessages_ComeInOrder(ITransport transport, Listening listening)
    {
        const int Count = 500;
        await using var call = await Session.StartAsync(transport, listening);
        var payload = ByteString.CopyFrom(Pattern.Create(5_000));
        using var count = call.Client.Count(new Number { Value = Count, Payload = payload });

        for (var i = 1; i <= Count; i++)
        {
            Assert.True(await count.ResponseStream.MoveNext().Bounded());
            Assert.Equal(i, count.ResponseStream.Current.Value);
            Assert.Equal(payload, count.ResponseStream.Current.Payload);
        }

        Assert.False(await count.ResponseStream.MoveNext().Bounded());
    }

    [Theory, EveryApplicationTransport(Listening.Http2, Listening.Tls)]
    public async Task DuplexStreaming_QuestionByQuestion_IsAnsweredEachTime(ITransport transport, Listening listening)
    {
        await using var call = await Session.StartAsync(transport, listening);
        using var sums = call.Client.RunningSum();

        var expected = 0L;
        for (var i = 1; i <= 100; i++)
        {
            await sums.RequestStream.WriteAsync(new Number { Value = i }).Bounded();
            Assert.True(await sums.ResponseStream.MoveNext().Bounded());
            expected += i;
            Assert.Equal(expected, sums.ResponseStream.Current.Value);
        }

        await sums.RequestStream.CompleteAsync().Bounded();
        Assert.False(await sums.ResponseStream.MoveNext().Bounded());
    }

    [Theory, EveryApplicationTransport]
    public async Task Refused_Call_HasItsStatus(ITransport transport)
    {
        await using var call = await Session.StartAsync(transport);

        var refused = await Assert.ThrowsAsync<RpcException>(
            () => call.Client.RefuseAsync(new Number { Value = 7 }).ResponseAsync.Bounded());

        Assert.Equal(StatusCode.OutOfRange, refused.StatusCode);
        Assert.Equal("not 7", refused.Status.Detail);
    }

    [Theory, EveryApplicationTransport]
    public async Task Cancelled_ByTheClient_IsSeenByTheService(ITransport transport)
    {
        await using var call = await Session.StartAsync(transport);
        using var cancel = new CancellationTokenSource();
        var linger = call.Client.LingerAsync(new Number(), cancellationToken: cancel.Token).ResponseAsync;
        await call.Events.Inside.Task.Bounded();

        await cancel.CancelAsync();

        await call.Events.Cancelled.Task.Bounded();
        var cancelled = await Assert.ThrowsAsync<RpcException>(() => linger.Bounded());
        Assert.Equal(StatusCode.Cancelled, cancelled.StatusCode);
    }

    [Theory, EveryApplicationTransport]
    public async Task Deadline_Passed_EndsTheCall(ITransport transport)
    {
        await using var call = await Session.StartAsync(transport);

        var late = await Assert.ThrowsAsync<RpcException>(
            () => call.Client.LingerAsync(new Number(), deadline: DateTime.UtcNow.AddMilliseconds(200)).ResponseAsync.Bounded());

        Assert.Equal(StatusCode.DeadlineExceeded, late.StatusCode);
    }

    [Fact]
    public async Task Services_ThatBlock_HaveAThreadEach()
    {
        const int Count = 100;
        using var all = new CountdownEvent(Count);
        await using var call = await Session.StartAsync(new RequestsOnThreads(), all: all);

        var answers = await Task.WhenAll(
            Enumerable.Range(0, Count).Select(i => call.Client.SquareAsync(new Number { Value = i }).ResponseAsync)).Bounded();

        Assert.Equal(Enumerable.Range(0, Count).Select(i => (long)i * i), answers.Select(answer => answer.Value));
    }

    private sealed class Session : IAsyncDisposable
    {
        private readonly GrpcChannel _channel;

        private Session(WebServer server, CounterService.Events events)
        {
            Server = server;
            Events = events;
            _channel = GrpcChannel.ForAddress(server.Address, new GrpcChannelOptions { HttpHandler = server.CreateHandler() });
            Client = new Counter.CounterClient(_channel);
        }

        public WebServer Server { get; }

        public CounterService.Events Events { get; }

        public Counter.CounterClient Client { get; }

        public static async Task<Session> StartAsync(
            ITransport transport,
            Listening listening = Listening.Http2,
            CountdownEvent? all = null)
        {
            var events = new CounterService.Events { AllIn = all };
            var server = await WebServer.StartAsync(
                transport,
                app =>
                {
                    app.UseRouting();
                    app.MapGrpcService<CounterService>();
                },
                new WebServerOptions
                {
                    Listening = listening,
                    Builder = builder =>
                    {
                        builder.Services.AddGrpc();
                        builder.Services.AddSingleton(events);
                    },
                });
            return new Session(server, events);
        }

        public async ValueTask DisposeAsync()
        {
            _channel.Dispose();
            await Server.DisposeAsync();
        }
    }
}
