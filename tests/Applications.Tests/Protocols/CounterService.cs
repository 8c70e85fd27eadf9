using Applications.Tests.Protocols.Counting;
using Grpc.Core;

namespace Applications.Tests.Protocols;

/// <summary>The service of <c>counter.proto</c>.</summary>
public sealed class CounterService(CounterService.Events events) : Counter.CounterBase
{
    public override Task<Number> Square(Number request, ServerCallContext context)
    {
        if (events.AllIn is { } all)
        {
            Assert.False(Thread.CurrentThread.IsThreadPoolThread);

            // Blocks until as many calls as it takes are here at the same time.
            all.Signal();
            Assert.True(all.Wait(TestTimeout.Default));
        }

        context.ResponseTrailers.Add("kind", "unary");
        return Task.FromResult(new Number { Value = request.Value * request.Value, Payload = request.Payload });
    }

    public override async Task<Number> Sum(IAsyncStreamReader<Number> requestStream, ServerCallContext context)
    {
        var sum = 0L;
        await foreach (var number in requestStream.ReadAllAsync())
        {
            sum += number.Value;
        }

        return new Number { Value = sum };
    }

    public override async Task Count(Number request, IServerStreamWriter<Number> responseStream, ServerCallContext context)
    {
        for (var i = 1L; i <= request.Value; i++)
        {
            await responseStream.WriteAsync(new Number { Value = i, Payload = request.Payload });
        }
    }

    public override async Task RunningSum(
        IAsyncStreamReader<Number> requestStream,
        IServerStreamWriter<Number> responseStream,
        ServerCallContext context)
    {
        var sum = 0L;
        await foreach (var number in requestStream.ReadAllAsync())
        {
            sum += number.Value;
            await responseStream.WriteAsync(new Number { Value = sum });
        }
    }

    public override Task<Number> Refuse(Number request, ServerCallContext context)
        => throw new RpcException(new Status(StatusCode.OutOfRange, $"not {request.Value}"));

    public override async Task<Number> Linger(Number request, ServerCallContext context)
    {
        events.Inside.TrySetResult();
        await context.CancellationToken.CancelledAsync();
        events.Cancelled.TrySetResult();
        return request;
    }

    /// <summary>What the service and its test tell each other.</summary>
    public sealed class Events
    {
        public CountdownEvent? AllIn { get; init; }

        public TaskCompletionSource Inside { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
