using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>How much of a request the transport takes in before anybody reads it.</summary>
public sealed class RequestBufferTests
{
    /// <summary>Far more than the kernel holds for both ends together.</summary>
    private const int Size = 20 * 1024 * 1024;

    private static readonly string[] _lines = ["POST / HTTP/1.0\r\n", $"Content-Length: {Size}\r\n", "\r\n"];

    /// <summary>The smallest buffer that still has room for a line.</summary>
    private static readonly long _oneLine = _lines.Max(line => line.Length);

    private static readonly byte[] _body = Pattern.Create(Size);

    [Theory, EveryTransport("one line", 16L * 1024, 1024L * 1024, 5L * 1024 * 1024, Size - 1L, (long)Size, long.MaxValue, null!)]
    [Trait("Contract", "36")]
    public async Task Upload_NobodyReads_StallsTheClientOnlyWhereThereIsALimit(ITransport transport, object? limit)
    {
        var bytes = limit as string == "one line" ? _oneLine : (long?)limit;
        await AssertStallsOnlyAtTheLimitAsync(transport, bytes, Servers.Plain);
        await AssertStallsOnlyAtTheLimitAsync(transport, bytes, Servers.PassThrough);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "37")]
    public async Task StopAsync_ReceivingIsPaused_Ends(ITransport transport)
    {
        var inside = new Signal();
        var aborted = new Signal();
        await using var harness = await StartAsync(transport, 16 * 1024, Servers.Plain, http =>
        {
            http.RequestAborted.Register(aborted.Set);
            inside.Set();
            return aborted.WaitAsync();
        });
        var client = await harness.ConnectAsync();
        await client.SendAsync(string.Concat(_lines));
        var send = client.SendAsync(_body);
        await harness.Log.WaitForTransportEventAsync(TransportEvent.Pause);
        await inside.WaitAsync();
        Assert.False(send.IsCompleted);

        await harness.StopAsync(new CancellationToken(canceled: true));

        await aborted.WaitAsync();
        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => send.Bounded());
        Assert.DoesNotContain(harness.Log.Events, e => e.IsTransport && e.Level > LogLevel.Debug);
        Assert.DoesNotContain(harness.Log.Events, e => e.Level >= LogLevel.Error);
    }

    private static async Task AssertStallsOnlyAtTheLimitAsync(ITransport transport, long? limit, string middleware)
    {
        var read = new Signal();
        var answer = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var harness = await StartAsync(transport, limit, middleware, async http =>
        {
            await read.WaitAsync();
            var total = 0L;
            var buffer = new byte[64 * 1024];
            while (await http.Request.Body.ReadAsync(buffer) is var received and > 0)
            {
                Pattern.Check(buffer.AsSpan(0, received), total);
                total += received;
            }

            answer.SetResult(total);
        });
        var client = await harness.ConnectAsync();
        await client.SendAsync(string.Concat(_lines));
        var send = client.SendAsync(_body);

        if (limit < Size - 1)
        {
            await harness.Log.WaitForTransportEventAsync(TransportEvent.Pause);
            Assert.False(send.IsCompleted, "The server has taken more than it may.");
        }
        else
        {
            // What is over the limit fits into the kernel's buffers.
            await send.Bounded();
        }

        read.Set();

        await send.Bounded();
        Assert.Equal(Size, await answer.Task.Bounded());
        await client.ReceiveToEndAsync();
        await harness.StopAsync();
        Assert.Equal(0, harness.Memory.Outstanding);
    }

    private static Task<KestrelHarness> StartAsync(ITransport transport, long? limit, string middleware, RequestDelegate application)
        => Servers.StartAsync(
            transport,
            middleware,
            application,
            settings => settings.MaxReadBufferSize = limit,
            limits => Adapt(limits, limit));

    /// <summary>Kestrel does not accept that a line or a header could be longer than what it takes in at once.</summary>
    private static void Adapt(KestrelServerLimits limits, long? limit)
    {
        limits.MinRequestBodyDataRate = null;
        limits.MaxRequestBufferSize = limit;
        limits.MaxRequestLineSize = (int)Math.Min(limits.MaxRequestLineSize, limit ?? long.MaxValue);
        limits.MaxRequestHeadersTotalSize = (int)Math.Min(limits.MaxRequestHeadersTotalSize, limit ?? long.MaxValue);
    }
}
