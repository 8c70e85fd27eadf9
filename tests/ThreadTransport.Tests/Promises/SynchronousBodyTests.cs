using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Support;

namespace ThreadTransport.Tests.Promises;

/// <summary>Handlers that read and write their bodies synchronously, two hundred at once, with peers that take their time.</summary>
[Trait("Promise", "P4")]
public sealed class SynchronousBodyTests
{
    private const int Connections = 200;
    private const int Chunk = 1024 * 1024;

    [Theory, EveryThreadedTransport(false, true)]
    public async Task Read_OfABodyThatArrivesSlowly_GetsItAll(ITransport transport, bool tls)
    {
        // Each round is sent when every handler has all that came before, and so is blocked in its next read.
        var rounds = Chunks(transport, tls);
        var length = (long)rounds * Chunk;
        var progress = new long[Connections];
        await using var harness = await KestrelHarness.StartHttpAsync(
            transport,
            http =>
            {
                AllowSynchronousIO(http);
                var buffer = new byte[64 * 1024];
                ref var received = ref progress[int.Parse(http.Request.Path.Value.AsSpan(1), CultureInfo.InvariantCulture)];
                while (http.Request.Body.Read(buffer) is var n and > 0)
                {
                    Pattern.Check(buffer.AsSpan(0, n), received);
                    Volatile.Write(ref received, received + n);
                }

                http.Response.ContentLength = 0;
                return Task.CompletedTask;
            },
            configureListen: listen => Configure(listen, tls));
        var streams = await ConnectAsync(harness, tls);
        await EachAsync(streams, (stream, i) => SendAsync(stream, $"POST /{i} HTTP/1.1\r\nHost: s\r\nContent-Length: {length}\r\n\r\n"));
        for (var round = 0; round < rounds; round++)
        {
            var data = Pattern.At((long)round * Chunk, Chunk);
            await EachAsync(streams, (stream, _) => stream.WriteAsync(data).AsTask());
            await TestTimeout.EventuallyAsync(
                () => progress.All(received => Volatile.Read(ref received) == (round + 1L) * Chunk), $"round {round} has arrived");
        }

        await EachAsync(
            streams, async (stream, _) => Assert.StartsWith("HTTP/1.1 200", await ReadHeadAsync(stream), StringComparison.Ordinal));
    }

    [Theory, EveryThreadedTransport(false, true)]
    public async Task Json_WaitedForByResult_IsDeserialized(ITransport transport, bool tls)
    {
        var numbers = Enumerable.Range(0, 50_000).ToArray();
        var json = JsonSerializer.SerializeToUtf8Bytes(numbers);
        using var entered = new CountdownEvent(Connections);
        await using var harness = await KestrelHarness.StartHttpAsync(
            transport,
            http =>
            {
                entered.Signal();
#pragma warning disable CA2012 // As applications do it. It is backed by a task.
                Assert.Equal(numbers.Length, JsonSerializer.DeserializeAsync<int[]>(http.Request.Body).Result!.Length);
#pragma warning restore CA2012
                http.Response.ContentLength = 0;
                return Task.CompletedTask;
            },
            configureListen: listen => Configure(listen, tls));
        var streams = await ConnectAsync(harness, tls);

        await EachAsync(streams, async (stream, _) =>
        {
            await SendAsync(stream, $"POST / HTTP/1.1\r\nHost: s\r\nContent-Length: {json.Length}\r\n\r\n");
            await stream.WriteAsync(json.AsMemory(0, 100));
        });
        Assert.True(entered.Wait(TestTimeout.Default));
        await EachAsync(streams, (stream, _) => stream.WriteAsync(json.AsMemory(100)).AsTask());

        await EachAsync(
            streams, async (stream, _) => Assert.StartsWith("HTTP/1.1 200", await ReadHeadAsync(stream), StringComparison.Ordinal));
    }

    [Theory, EveryThreadedTransport(false, true)]
    public async Task Write_ToAClientThatReadsSlowly_ArrivesWhole(ITransport transport, bool tls)
    {
        var size = Chunks(transport, tls) * Chunk;
        using var entered = new CountdownEvent(Connections);
        await using var harness = await KestrelHarness.StartHttpAsync(
            transport,
            http =>
            {
                AllowSynchronousIO(http);
                entered.Signal();
                http.Response.ContentLength = size;
                for (var offset = 0; offset < size; offset += Chunk)
                {
                    http.Response.Body.Write(Pattern.At(offset, Chunk).Span);
                }

                return Task.CompletedTask;
            },
            configureListen: listen => Configure(listen, tls));
        var streams = await ConnectAsync(harness, tls, receiveBufferSize: 32 * 1024);
        await EachAsync(streams, (stream, _) => SendAsync(stream, "GET / HTTP/1.1\r\nHost: s\r\n\r\n"));
        Assert.True(entered.Wait(TestTimeout.Default));

        await Task.WhenAll(streams.Select(async stream =>
        {
            Assert.StartsWith("HTTP/1.1 200", await ReadHeadAsync(stream), StringComparison.Ordinal);
            var buffer = new byte[64 * 1024];
            for (var received = 0; received < size;)
            {
                var n = await stream.ReadAsync(buffer).Bounded();
                Assert.NotEqual(0, n);
                Pattern.Check(buffer.AsSpan(0, n), received);
                received += n;
            }
        })).WaitAsync(2 * TestTimeout.Default);
    }

    [Theory, EveryTransport]
    public async Task PendingRead_AskedForItsResultAtOnce_Throws(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, _) = await harness.ConnectAsync();

#pragma warning disable CA2012 // That it must not be done is what is tested.
        var read = connection.Transport.Input.ReadAsync();
        Assert.False(read.IsCompleted);
        Assert.Throws<InvalidOperationException>(() => read.Result);
#pragma warning restore CA2012
    }

    /// <summary>10 MB in the plainest case; that is 2 GB for all connections, so less in the others.</summary>
    private static int Chunks(ITransport transport, bool tls) => transport.Name == "Threads" && !tls ? 10 : 2;

    private static void AllowSynchronousIO(HttpContext http) => http.Features.Get<IHttpBodyControlFeature>()!.AllowSynchronousIO = true;

    private static void Configure(ListenOptions listen, bool tls)
    {
        // The limits on slow peers are not what is tested here.
        listen.KestrelServerOptions.Limits.MinRequestBodyDataRate = null;
        listen.KestrelServerOptions.Limits.MinResponseDataRate = null;
        if (tls)
        {
            listen.UseHttps(Certificates.SelfSigned);
        }
    }

    private static async Task<Stream[]> ConnectAsync(KestrelHarness harness, bool tls, int? receiveBufferSize = null)
    {
        var streams = new Stream[Connections];
        for (var i = 0; i < Connections; i++)
        {
            var client = await harness.ConnectAsync(receiveBufferSize);
            streams[i] = new NetworkStream(client.Socket);
            if (tls)
            {
#pragma warning disable CA5359 // It is the test's own certificate.
                var secure = new SslStream(streams[i], leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
                await secure.AuthenticateAsClientAsync("server").Bounded();
                streams[i] = secure;
            }
        }

        return streams;
    }

    private static Task EachAsync(Stream[] streams, Func<Stream, int, Task> act) => Task.WhenAll(streams.Select(act)).Bounded();

    private static Task SendAsync(Stream stream, string text) => stream.WriteAsync(Encoding.ASCII.GetBytes(text)).AsTask();

    private static async Task<string> ReadHeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one);
            head.Append((char)one[0]);
        }

        return head.ToString();
    }
}
