using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using KestrelAsyncEcho.Echo;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging.Abstractions;
using Support;

namespace KestrelAsyncEcho.Tests;

/// <summary>The handler alone, between two pipes that run everything in place: each step is over when the call returns.</summary>
public sealed class EchoHandlerTests : IDisposable
{
    private static readonly PipeOptions _inPlace = new(
        readerScheduler: PipeScheduler.Inline,
        writerScheduler: PipeScheduler.Inline,
        useSynchronizationContext: false);

    private readonly Pipe _toServer = new(_inPlace);
    private readonly Pipe _toClient = new(_inPlace);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _handling;

    public EchoHandlerTests()
    {
        var connection = new DefaultConnectionContext("test")
        {
            Transport = new DuplexPipe(_toServer.Reader, _toClient.Writer),
        };
        connection.Features.Set<IConnectionLifetimeNotificationFeature>(new Notification(_stop));
        _handling = new EchoHandler(NullLogger<EchoHandler>.Instance).OnConnectedAsync(connection);
    }

    [Fact]
    public void Messages_OnceWarm_AllocateNothing()
    {
        const int messages = 10_000;
        EchoMessages(messages);

        var before = GC.GetAllocatedBytesForCurrentThread();
        EchoMessages(messages);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        // Tiered compilation may allocate once on this thread; a message that allocates would need 240,000 at least.
        Assert.InRange(allocated, 0, messages);
    }

    [Fact]
    public async Task Stop_WhileWaitingForInput_Ends()
    {
        Assert.False(_handling.IsCompleted);

        await _stop.CancelAsync();

        await _handling.Bounded();
    }

    [Fact]
    public async Task Stop_BeforeTheConnection_StillAnswersWhatHasArrived()
    {
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();
        var toServer = new Pipe();
        var toClient = new Pipe();
        await toServer.Writer.WriteAsync("late"u8.ToArray());
        var connection = new DefaultConnectionContext("late") { Transport = new DuplexPipe(toServer.Reader, toClient.Writer) };
        connection.Features.Set<IConnectionLifetimeNotificationFeature>(new Notification(stopped));

        await new EchoHandler(NullLogger<EchoHandler>.Instance).OnConnectedAsync(connection).Bounded();

        var answer = await toClient.Reader.ReadAsync();
        Assert.Equal("late", Encoding.UTF8.GetString(answer.Buffer));
    }

    [Fact]
    public async Task Client_NoLongerReads_EndsAtTheNextMessage()
    {
        await _toClient.Reader.CompleteAsync();

        await _toServer.Writer.WriteAsync("into the void"u8.ToArray());

        await _handling.Bounded();
    }

    [Fact]
    public async Task Client_Resets_EndsWithoutAnException()
    {
        await _toServer.Writer.CompleteAsync(new ConnectionResetException("test"));

        await _handling.Bounded();
    }

    [Fact]
    public async Task Connection_Aborted_EndsWithoutAnException()
    {
        await _toServer.Writer.CompleteAsync(new ConnectionAbortedException("test"));

        await _handling.Bounded();
    }

    public void Dispose() => _stop.Dispose();

    private void EchoMessages(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _toServer.Writer.Write("hello"u8);
            AssertFlushed(_toServer.Writer.FlushAsync());
            if (!_toClient.Reader.TryRead(out var read) || read.Buffer.Length != 5)
            {
                Assert.Fail($"Message {i} was not answered.");
            }

            _toClient.Reader.AdvanceTo(read.Buffer.End);
        }
    }

    private static void AssertFlushed(ValueTask<FlushResult> flush) => Assert.True(flush.IsCompletedSuccessfully);

    private sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class Notification(CancellationTokenSource stop) : IConnectionLifetimeNotificationFeature
    {
        public CancellationToken ConnectionClosedRequested { get; set; } = stop.Token;

        public void RequestClose() => stop.Cancel();
    }
}
