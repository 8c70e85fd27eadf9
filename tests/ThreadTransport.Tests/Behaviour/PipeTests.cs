using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Support;

namespace ThreadTransport.Tests.Behaviour;

/// <summary>What Kestrel and applications rely on in the reader and the writer of a connection.</summary>
[Trait("Contract", "C8"), Trait("Promise", "P7")]
public sealed class PipeTests
{
    [Theory, EveryTransport]
    public async Task CancelPendingRead_ReadPending_GivesOneCancelledResult(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var input = connection.Transport.Input;
        var read = input.ReadAsync().AsTask();

        input.CancelPendingRead();

        var cancelled = await read.Bounded();
        Assert.True(cancelled.IsCanceled);
        Assert.False(cancelled.IsCompleted);
        Assert.True(cancelled.Buffer.IsEmpty);
        input.AdvanceTo(cancelled.Buffer.Start);
        await client.SendAsync("data");
        await AssertReadsAsync(input, "data");
    }

    [Theory, EveryTransport]
    [Trait("Trap", "32")]
    public async Task CancelPendingRead_NothingPending_CancelsTheNextReadOnly(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var input = connection.Transport.Input;

        input.CancelPendingRead();
        input.CancelPendingRead();

        var cancelled = await input.ReadAsync().Bounded();
        Assert.True(cancelled.IsCanceled);
        input.AdvanceTo(cancelled.Buffer.Start);
        await client.SendAsync("data");
        await AssertReadsAsync(input, "data");
    }

    [Theory, EveryTransport]
    public async Task CancelPendingRead_DataBuffered_LosesNone(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var input = connection.Transport.Input;
        await client.SendAsync("data");
        var first = await input.ReadAsync().Bounded();
        input.AdvanceTo(first.Buffer.Start);

        input.CancelPendingRead();

        var cancelled = await input.ReadAsync().Bounded();
        Assert.True(cancelled.IsCanceled);
        input.AdvanceTo(cancelled.Buffer.Start);
        await AssertReadsAsync(input, "data");
    }

    [Theory, EveryTransport]
    [Trait("Trap", "32")]
    public async Task ReadAsync_TokenCancelledWhilePending_ThrowsAndReadsOn(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var input = connection.Transport.Input;
        using var cancel = new CancellationTokenSource();
        var read = input.ReadAsync(cancel.Token).AsTask();

        await cancel.CancelAsync();

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.Bounded());
        Assert.Equal(cancel.Token, exception.CancellationToken);
        await client.SendAsync("data");
        await AssertReadsAsync(input, "data");
    }

    [Theory, EveryTransport]
    public async Task ReadAsync_TokenCancelledBefore_Throws(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var input = connection.Transport.Input;
        await client.SendAsync("data");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => input.ReadAsync(new CancellationToken(canceled: true)).Bounded());

        await AssertReadsAsync(input, "data");
    }

    [Theory, EveryTransport]
    [Trait("Trap", "32")]
    public async Task AdvanceTo_AllExamined_NextReadWaitsForNewBytes(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var input = connection.Transport.Input;
        await client.SendAsync("one");
        var first = await input.ReadAtLeastAsync(3).Bounded();

        input.AdvanceTo(first.Buffer.Start, first.Buffer.End);
        var read = input.ReadAsync().AsTask();
        Assert.False(read.IsCompleted);
        await client.SendAsync("two");

        var second = await read.Bounded();
        Assert.True(second.Buffer.Length > 3);
        input.AdvanceTo(second.Buffer.Start);
        await AssertReadsAsync(input, "onetwo");
    }

    [Theory, EveryTransport]
    [Trait("Trap", "32")]
    public async Task AdvanceTo_NothingExamined_NextReadGivesTheSameBytes(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var input = connection.Transport.Input;
        await client.SendAsync("data");
        var first = await input.ReadAtLeastAsync(4).Bounded();
        input.AdvanceTo(first.Buffer.Start);

        await AssertReadsAsync(input, "data");
    }

    [Theory, EveryTransport]
    public async Task AdvanceTo_PartConsumed_NextReadGivesTheRest(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var input = connection.Transport.Input;
        await client.SendAsync("data");
        var first = await input.ReadAtLeastAsync(4).Bounded();
        input.AdvanceTo(first.Buffer.GetPosition(1));

        await AssertReadsAsync(input, "ata");
    }

    [Theory, EveryTransport]
    public async Task TryRead_NothingReceived_IsFalseUntilDataComes(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var input = connection.Transport.Input;
        Assert.False(input.TryRead(out _));

        await client.SendAsync("data");

        // Nobody waits for these bytes: they are there when the transport has read ahead.
        ReadResult result = default;
        await TestTimeout.EventuallyAsync(() => input.TryRead(out result), "bytes to try to read");
        input.AdvanceTo(result.Buffer.Start);
        await AssertReadsAsync(input, "data");
    }

    [Theory, EveryTransport]
    [Trait("Trap", "32")]
    public async Task TryRead_DataBuffered_GivesIt(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var input = connection.Transport.Input;
        await client.SendAsync("data");
        var first = await input.ReadAtLeastAsync(4).Bounded();
        input.AdvanceTo(first.Buffer.GetPosition(2));

        Assert.True(input.TryRead(out var second));

        Assert.Equal("ta"u8.ToArray(), second.Buffer.ToArray());
        input.AdvanceTo(second.Buffer.End);
        Assert.False(input.TryRead(out _));
    }

    [Theory, EveryTransport]
    public async Task ReadAtLeastAsync_BytesTrickle_WaitsForAllOfThem(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var read = connection.Transport.Input.ReadAtLeastAsync(10).AsTask();
        for (var i = 0; i < 10; i++)
        {
            Assert.False(read.IsCompleted);
            await client.SendAsync(Pattern.At(i, 1));
        }

        var result = await read.Bounded();
        Assert.Equal(10, result.Buffer.Length);
        Pattern.Check(result.Buffer, 0);
    }

    [Theory, EveryTransport]
    public async Task ReadAtLeastAsync_StreamEndsBefore_GivesWhatThereIs(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        await client.SendAsync("data");
        client.ShutdownSend();

        var result = await connection.Transport.Input.ReadAtLeastAsync(10).Bounded();

        Assert.True(result.IsCompleted);
        Assert.Equal(4, result.Buffer.Length);
    }

    [Theory, EveryTransport]
    public async Task Input_AsStream_ReadsToTheEnd(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        using var received = new MemoryStream();
        var copy = connection.Transport.Input.CopyToAsync(received);
        await client.SendAsync(Pattern.Create(100_000));
        client.ShutdownSend();

        await copy.Bounded();

        Assert.Equal(100_000, received.Length);
        Pattern.Check(received.ToArray(), 0);
    }

    [Theory, EveryTransport]
    public async Task ReadAsync_AfterComplete_Throws(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, _) = await harness.ConnectAsync();
        connection.Transport.Input.Complete();
        connection.Transport.Input.Complete();

        await Assert.ThrowsAsync<InvalidOperationException>(() => connection.Transport.Input.ReadAsync().Bounded());
    }

    [Theory, EveryTransport]
    [Trait("Trap", "32")]
    public async Task UnflushedBytes_BytesWritten_CountsThemUntilTheFlush(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var output = connection.Transport.Output;
        Assert.True(output.CanGetUnflushedBytes);
        Assert.Equal(0, output.UnflushedBytes);

        output.Write("0123456789"u8);
        Assert.Equal(10, output.UnflushedBytes);

        await output.FlushAsync().Bounded();
        Assert.Equal(0, output.UnflushedBytes);
        Assert.Equal("0123456789", await client.ReceiveTextAsync(10));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C7")]
    public async Task FlushAsync_BelowTheThreshold_DoesNotWaitForTheClient(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();

        var flush = connection.Transport.Output.WriteAsync(Pattern.At(0, 10_000));

        Assert.True(flush.IsCompleted);
        Assert.False((await flush).IsCompleted);
        Pattern.Check(await client.ReceiveExactlyAsync(10_000), 0);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C7")]
    public async Task FlushAsync_ClientDoesNotRead_IsPendingUntilItDoes(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync(receiveBufferSize: 64 * 1024);
        var flush = Flood.Start(connection.Transport.Output);
        Assert.False(flush.IsCompleted);

        var received = client.ReceiveExactlyAsync(Flood.Size);

        Assert.False((await flush.Bounded()).IsCompleted);
        Pattern.Check(await received, 0);
    }

    [Theory, EveryTransport]
    public async Task CancelPendingFlush_FlushPending_GivesOneCancelledResultAndLosesNothing(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync(receiveBufferSize: 64 * 1024);
        var output = connection.Transport.Output;
        var flush = Flood.Start(output);

        output.CancelPendingFlush();

        Assert.True((await flush.Bounded()).IsCanceled);
        var received = client.ReceiveExactlyAsync(Flood.Size);
        Assert.False((await output.FlushAsync().Bounded()).IsCanceled);
        Pattern.Check(await received, 0);
    }

    [Theory, EveryTransport]
    public async Task CancelPendingFlush_NothingPending_CancelsTheNextFlushOnly(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var output = connection.Transport.Output;

        output.CancelPendingFlush();

        Assert.True((await output.WriteAsync("one"u8.ToArray()).Bounded()).IsCanceled);
        Assert.False((await output.WriteAsync("two"u8.ToArray()).Bounded()).IsCanceled);
        Assert.Equal("onetwo", await client.ReceiveTextAsync(6));
    }

    [Theory, EveryTransport]
    public async Task FlushAsync_TokenCancelledWhilePending_ThrowsAndLosesNothing(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync(receiveBufferSize: 64 * 1024);
        var output = connection.Transport.Output;
        using var cancel = new CancellationTokenSource();
        var flush = Flood.Start(output, cancel.Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flush.Bounded());
        var received = client.ReceiveExactlyAsync(Flood.Size);
        await output.FlushAsync().Bounded();
        Pattern.Check(await received, 0);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C7")]
    public async Task FlushAsync_BiggerThanEveryBuffer_ArrivesWhole(ITransport transport)
    {
        const int Size = 16 * 1024 * 1024;
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var data = Pattern.Create(Size);

        var flush = connection.Transport.Output.WriteAsync(data).AsTask();

        Pattern.Check(await client.ReceiveExactlyAsync(Size), 0);
        Assert.False((await flush.Bounded()).IsCompleted);
    }

    [Theory, EveryTransport]
    public async Task GetResult_ReadPending_ThrowsInvalidOperationException(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var input = connection.Transport.Input;
        var read = input.ReadAsync();

#pragma warning disable CA2012 // Misused on purpose.
        Assert.Throws<InvalidOperationException>(() => read.GetAwaiter().GetResult());
#pragma warning restore CA2012

        // The read is none the worse for it.
        await client.SendAsync("data");
        var result = await read.Bounded();
        Assert.False(result.Buffer.IsEmpty);
    }

    private static async Task AssertReadsAsync(PipeReader input, string expected)
    {
        var result = await input.ReadAtLeastAsync(expected.Length).Bounded();
        Assert.False(result.IsCanceled);
        Assert.Equal(expected, Encoding.UTF8.GetString(result.Buffer));
        input.AdvanceTo(result.Buffer.End);
    }
}
