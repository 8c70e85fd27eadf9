using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Support;

namespace ThreadTransport.Tests.Promises;

/// <summary>A handler that blocks on its own connection's input or output completes, a hundred of them at once.</summary>
[Trait("Promise", "P4")]
public sealed class BlockingHandlerTests
{
    private const int Connections = 100;

    [Theory, EveryThreadedTransport("Result", "GetResult", "Wait")]
    [Trait("Trap", "7")]
    public async Task Handler_BlocksOnItsReads_EveryEchoReturns(ITransport transport, string way)
    {
        await using var harness = await KestrelHarness.StartAsync(transport, async connection =>
        {
            var (input, output) = (connection.Transport.Input, connection.Transport.Output);

            // From here on it is on its own thread, and may block.
            var result = await input.ReadAsync();
            while (!result.IsCompleted)
            {
                output.Write(result.Buffer.ToArray());
                input.AdvanceTo(result.Buffer.End);
                Block(output.FlushAsync().AsTask(), way);
                result = Block(input.ReadAsync().AsTask(), way);
            }
        });

        var clients = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => harness.ConnectAsync()));
        for (var round = 0; round < 5; round++)
        {
            await Task.WhenAll(clients.Select(async client =>
            {
                await client.SendAsync(Pattern.At(round, 100));
                Pattern.Check(await client.ReceiveExactlyAsync(100), round);
            })).Bounded();
        }

        await Task.WhenAll(clients.Select(async client =>
        {
            client.ShutdownSend();
            Assert.Empty(await client.ReceiveToEndAsync());
        })).Bounded();
    }

    [Theory, EveryThreadedTransport]
    public async Task Handler_BlocksOnItsFlushesToSlowClients_EveryByteArrives(ITransport transport)
    {
        const int Size = 10 * 1024 * 1024;
        const int Chunk = 256 * 1024;
        using var blocked = new SemaphoreSlim(0);
        await using var harness = await KestrelHarness.StartAsync(transport, async connection =>
        {
            var first = await connection.Transport.Input.ReadAsync();
            connection.Transport.Input.AdvanceTo(first.Buffer.End);
            var told = false;
            for (var offset = 0; offset < Size; offset += Chunk)
            {
                var flush = connection.Transport.Output.WriteAsync(Pattern.At(offset, Chunk)).AsTask();
                if (!told && !flush.IsCompleted)
                {
                    told = true;
                    blocked.Release();
                }

                Block(flush, "GetResult");
            }
        });

        var clients = await Task.WhenAll(
            Enumerable.Range(0, Connections).Select(_ => harness.ConnectAsync(receiveBufferSize: 32 * 1024)));
        foreach (var client in clients)
        {
            await client.SendAsync("go");
        }

        for (var i = 0; i < Connections; i++)
        {
            Assert.True(await blocked.WaitAsync(TestTimeout.Default));
        }

        await Task.WhenAll(clients.Select(async client =>
        {
            var buffer = new byte[Chunk];
            var received = 0L;
            while (await client.Socket.ReceiveAsync(buffer).Bounded() is var n and > 0)
            {
                Pattern.Check(buffer.AsSpan(0, n), received);
                received += n;
            }

            Assert.Equal(Size, received);
        })).WaitAsync(2 * TestTimeout.Default);
    }

    [Theory, EveryThreadedTransport]
    [Trait("Trap", "7")]
    public async Task HttpHandler_ReadsItsBodySynchronously_EveryUploadArrives(ITransport transport)
    {
        const int Size = 300_000;
        await using var harness = await KestrelHarness.StartHttpAsync(transport, http =>
        {
            http.Features.Get<IHttpBodyControlFeature>()!.AllowSynchronousIO = true;
            var buffer = new byte[10_000];
            var offset = 0L;
            while (http.Request.Body.Read(buffer) is var n and > 0)
            {
                Pattern.Check(buffer.AsSpan(0, n), offset);
                offset += n;
            }

            http.Response.Body.Write(Encoding.UTF8.GetBytes($"{offset}"));
            return Task.CompletedTask;
        });
        var clients = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => harness.ConnectAsync()));

        // The head first, so that every handler blocks in its first read before a byte of the bodies is sent.
        await Task.WhenAll(clients.Select(client => client.SendAsync(
            "POST / HTTP/1.1\r\nHost: s\r\nConnection: close\r\n"
            + $"Expect: 100-continue\r\nContent-Length: {Size}\r\n\r\n"))).Bounded();
        const string Continue = "HTTP/1.1 100 Continue\r\n\r\n";
        await Task.WhenAll(clients.Select(client => client.ReceiveTextAsync(Continue.Length))).Bounded();
        await Task.WhenAll(clients.Select(async client =>
        {
            await client.SendAsync(Pattern.At(0, Size));
            var answer = Encoding.UTF8.GetString(await client.ReceiveToEndAsync());
            Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
            Assert.Contains($"{Size}", answer, StringComparison.Ordinal);
        })).Bounded();
    }

    [Theory, EveryThreadedTransport]
    public async Task Handler_BlockedInItsRead_IsEndedByAbort(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        for (var i = 0; i < 20; i++)
        {
            var (connection, client) = await harness.ConnectAsync();
            await client.SendAsync("x");
            var blocking = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var handler = Task.Run(async () =>
            {
                var first = await connection.Transport.Input.ReadAsync();
                connection.Transport.Input.AdvanceTo(first.Buffer.End);
                var read = connection.Transport.Input.ReadAsync().AsTask();
                blocking.SetResult();
                Block(read, "GetResult");
            });
            await blocking.Task.Bounded();

            connection.Abort(new ConnectionAbortedException("enough"));

            await Assert.ThrowsAsync<ConnectionAbortedException>(() => handler.Bounded());
        }
    }

    private static T Block<T>(Task<T> task, string way)
    {
        if (way == "Wait")
        {
            task.Wait();
        }

        return way == "Result" ? task.Result : task.GetAwaiter().GetResult();
    }
}
