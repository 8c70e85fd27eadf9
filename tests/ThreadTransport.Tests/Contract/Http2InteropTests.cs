using System.Net;
using System.Text;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>HTTP/2 with .NET's own client, with and without TLS: many streams on one connection, each in both directions.</summary>
public sealed class Http2InteropTests
{
    private const int Streams = 10;

    /// <summary>No multiple of a block or a frame, and more than a stream's window.</summary>
    private const int Size = 199_800;

    private const string Hello = "Hello World";

    /// <summary>INTERNAL_ERROR, and something that is no error.</summary>
    private const int Error = 2;

    private const int NoError = 0;

    [Theory, EveryTransport("http", "https")]
    [Trait("Contract", "110"), Trait("Trap", "9")]
    public async Task Get_TenStreamsAtOnce_AreAllAnswered(ITransport transport, string scheme)
    {
        var together = new Gathering(Streams);
        await using var harness = await StartAsync(transport, scheme, async http =>
        {
            await together.ArriveAsync();
            await http.Response.Body.WriteAsync(Pattern.At(0, Size));
        });
        using var client = CreateClient(harness);

        await Task.WhenAll(Enumerable.Range(0, Streams).Select(async _ =>
        {
            using var response = await client.GetAsync(Url(scheme));
            Assert.Equal(HttpVersion.Version20, response.Version);
            var body = await response.Content.ReadAsByteArrayAsync();
            Assert.Equal(Size, body.Length);
            Pattern.Check(body, 0);
        })).Bounded();
    }

    [Theory, EveryTransport("http", "https")]
    [Trait("Contract", "111")]
    public async Task Echo_TenStreamsAtOnce_GetTheirOwnBack(ITransport transport, string scheme)
    {
        var together = new Gathering(Streams);
        await using var harness = await StartAsync(transport, scheme, async http =>
        {
            await together.ArriveAsync();
            await http.Request.BodyReader.CopyToAsync(http.Response.BodyWriter);
        });
        using var client = CreateClient(harness);

        await Task.WhenAll(Enumerable.Range(0, Streams).Select(async i =>
        {
            using var content = new StreamedContent();
            var sending = Task.Run(async () =>
            {
                for (var offset = 0; offset < Size; offset += 999)
                {
                    await content.SendAsync(Pattern.At(i + offset, 999));
                }

                content.Complete();
            });
            using var response = await SendAsync(client, Url(scheme), content);
            var body = await response.Content.ReadAsByteArrayAsync();
            Assert.Equal(Size, body.Length);
            Pattern.Check(body, i);
            await sending;
        })).Bounded();
    }

    [Theory, EveryTransport("http", "https")]
    [Trait("Contract", "112"), Trait("Trap", "6")]
    public async Task Stream_TakesTurnsWithTheClient_GivesEachItsAnswer(ITransport transport, string scheme)
    {
        await using var harness = await StartAsync(transport, scheme, async http =>
        {
            for (var i = 0; i < 2; i++)
            {
                await http.Response.WriteAsync(await ReadTextAsync(http.Request.Body, Hello.Length));
            }

            Assert.Equal(0, await http.Request.Body.ReadAsync(new byte[1]));
        });
        using var client = CreateClient(harness);
        using var content = new StreamedContent();
        var sending = SendAsync(client, Url(scheme), content);
        await content.SendAsync(Hello);
        using var response = await sending;
        await using var stream = await response.Content.ReadAsStreamAsync().Bounded();

        Assert.Equal(Hello, await ReadTextAsync(stream, Hello.Length).Bounded());
        await content.SendAsync(Hello);
        content.Complete();
        Assert.Equal(Hello, await ReadTextAsync(stream, Hello.Length).Bounded());
        Assert.Equal(0, await stream.ReadAsync(new byte[1]).Bounded());
    }

    [Theory, EveryTransport("http", "https")]
    [Trait("Contract", "113")]
    public async Task Stream_ClientGoesOnAfterTheResponse_ArrivesWhole(ITransport transport, string scheme)
    {
        var last = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var harness = await StartAsync(transport, scheme, async http =>
        {
            try
            {
                await http.Response.WriteAsync(await ReadTextAsync(http.Request.Body, Hello.Length));
                await http.Response.CompleteAsync();
                var text = await ReadTextAsync(http.Request.Body, Hello.Length);
                Assert.Equal(0, await http.Request.Body.ReadAsync(new byte[1]));
                last.SetResult(text);
            }
            catch (Exception exception)
            {
                last.SetException(exception);
                throw;
            }
        });
        using var client = CreateClient(harness);
        using var content = new StreamedContent();
        var sending = SendAsync(client, Url(scheme), content);
        await content.SendAsync(Hello);
        using var response = await sending;
        await using var stream = await response.Content.ReadAsStreamAsync().Bounded();
        Assert.Equal(Hello, await ReadTextAsync(stream, Hello.Length).Bounded());
        Assert.Equal(0, await stream.ReadAsync(new byte[1]).Bounded());

        await content.SendAsync(Hello);
        content.Complete();

        Assert.Equal(Hello, await last.Task.Bounded());
    }

    [Theory, EveryTransport("http", "https")]
    [Trait("Contract", "114")]
    public async Task Stream_ServerSpeaksFirst_GetsItsEchoFromTheClient(ITransport transport, string scheme)
    {
        var echoed = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var harness = await StartAsync(transport, scheme, async http =>
        {
            try
            {
                await http.Response.WriteAsync(Hello);
                await http.Response.CompleteAsync();
                using var body = new StreamReader(http.Request.Body);
                echoed.SetResult(await body.ReadToEndAsync());
            }
            catch (Exception exception)
            {
                echoed.SetException(exception);
                throw;
            }
        });
        using var client = CreateClient(harness);
        using var content = new StreamedContent();
        var sending = SendAsync(client, Url(scheme), content);

        // An empty piece, which takes the headers along.
        await content.SendAsync("");
        using var response = await sending;
        await using var stream = await response.Content.ReadAsStreamAsync().Bounded();

        await content.SendAsync(await ReadTextAsync(stream, Hello.Length).Bounded());
        Assert.Equal(0, await stream.ReadAsync(new byte[1]).Bounded());
        content.Complete();

        Assert.Equal(Hello, await echoed.Task.Bounded());
    }

    [Theory, EveryTransport("http", "https")]
    [Trait("Contract", "115")]
    public async Task Reset_BeforeTheHeaders_FailsThatRequestOnly(ITransport transport, string scheme)
    {
        await using var harness = await StartWithResetAsync(transport, scheme, _ => Task.CompletedTask);
        using var client = CreateClient(harness);
        var connection = await GetConnectionAsync(client, scheme);

        var exception = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(ResetUrl(scheme)).Bounded());

        Assert.Equal(Error, Assert.IsType<HttpProtocolException>(exception.InnerException).ErrorCode);
        Assert.Equal(connection, await GetConnectionAsync(client, scheme));
    }

    [Theory, EveryTransport("http", "https")]
    [Trait("Contract", "115")]
    public async Task Reset_AfterTheHeaders_FailsTheReadOfTheBody(ITransport transport, string scheme)
    {
        using var seen = new SemaphoreSlim(0);
        await using var harness = await StartWithResetAsync(transport, scheme, async http =>
        {
            await http.Response.WriteAsync(Hello);
            await http.Response.Body.FlushAsync();
            Assert.True(await seen.WaitAsync(TestTimeout.Default));
        });
        using var client = CreateClient(harness);
        var connection = await GetConnectionAsync(client, scheme);
        using var response = await client.GetAsync(ResetUrl(scheme), HttpCompletionOption.ResponseHeadersRead).Bounded();
        await using var stream = await response.Content.ReadAsStreamAsync().Bounded();
        Assert.Equal(Hello, await ReadTextAsync(stream, Hello.Length).Bounded());

        seen.Release();

        var exception = await Assert.ThrowsAsync<HttpProtocolException>(() => stream.ReadAsync(new byte[1]).Bounded());
        Assert.Equal(Error, exception.ErrorCode);
        Assert.Equal(connection, await GetConnectionAsync(client, scheme));
    }

    [Theory, EveryTransport("http", "https")]
    [Trait("Contract", "115")]
    public async Task Reset_WhileTheClientSends_FailsItsSending(ITransport transport, string scheme)
    {
        await using var harness = await StartWithResetAsync(transport, scheme, async http => await ReadTextAsync(http.Request.Body, Hello.Length));
        using var client = CreateClient(harness);
        var connection = await GetConnectionAsync(client, scheme);
        using var content = new StreamedContent();
        var response = SendAsync(client, ResetUrl(scheme), content);

        await content.SendAsync(Hello);

        Exception? failure = null;
        await TestTimeout.UntilAsync(
            async () => (failure = await Record.ExceptionAsync(() => content.SendAsync(Hello))) is not null,
            "the client may not send any more");
        content.Fail(failure!);
        Assert.IsNotType<TimeoutException>(await Record.ExceptionAsync(() => response));
        Assert.True(response.IsFaulted || response.IsCanceled);
        Assert.Equal(connection, await GetConnectionAsync(client, scheme));
    }

    [Theory, EveryTransport("http", "https")]
    [Trait("Contract", "115")]
    public async Task Reset_AfterTheEndOfTheResponse_LeavesTheResponseWhole(ITransport transport, string scheme)
    {
        await using var harness = await StartWithResetAsync(
            transport,
            scheme,
            async http =>
            {
                await http.Response.WriteAsync(Hello);
                await http.Response.CompleteAsync();
            },
            NoError);
        using var client = CreateClient(harness);
        var connection = await GetConnectionAsync(client, scheme);
        using var content = new StreamedContent();
        var sending = SendAsync(client, ResetUrl(scheme), content);
        await content.SendAsync(Hello);

        using var response = await sending;

        Assert.Equal(Hello, await response.Content.ReadAsStringAsync().Bounded());
        Assert.Equal(connection, await GetConnectionAsync(client, scheme));
    }

    private static Uri Url(string scheme) => new($"{scheme}://server/");

    private static Uri ResetUrl(string scheme) => new($"{scheme}://server/reset");

    private static Task<KestrelHarness> StartAsync(ITransport transport, string scheme, RequestDelegate application)
        => KestrelHarness.StartHttpAsync(transport, application, configureListen: listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            if (scheme == "https")
            {
                listen.UseHttps(WebServer.Certificate);
            }
        });

    /// <summary>At one path the stream is reset when the application is through; elsewhere the connection is told.</summary>
    private static Task<KestrelHarness> StartWithResetAsync(ITransport transport, string scheme, RequestDelegate application, int error = Error)
        => StartAsync(transport, scheme, async http =>
        {
            if (http.Request.Path != "/reset")
            {
                await http.Response.WriteAsync(http.Connection.Id);
                return;
            }

            await application(http);
            http.Features.Get<IHttpResetFeature>()!.Reset(error);
        });

    private static HttpClient CreateClient(KestrelHarness harness)
    {
        var client = WebServer.CreateClient(harness.EndPoint);
        client.DefaultRequestVersion = HttpVersion.Version20;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        return client;
    }

    private static Task<string> GetConnectionAsync(HttpClient client, string scheme) => client.GetStringAsync(Url(scheme)).Bounded();

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, Uri url, HttpContent content)
    {
        // Disposing it would dispose the content, which the caller goes on to send.
        var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).Bounded();
    }

    private static async Task<string> ReadTextAsync(Stream stream, int count)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Everybody waits until all are there.</summary>
    private sealed class Gathering(int expected)
    {
        private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _arrived;

        public Task ArriveAsync()
        {
            if (Interlocked.Increment(ref _arrived) == expected)
            {
                _complete.SetResult();
            }

            return _complete.Task.Bounded();
        }
    }

    /// <summary>A body that the test sends piece by piece, in its own time.</summary>
    private sealed class StreamedContent : HttpContent
    {
        private readonly TaskCompletionSource<Stream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

        public async Task SendAsync(ReadOnlyMemory<byte> bytes)
        {
            var stream = await _stream.Task.Bounded();
            await stream.WriteAsync(bytes).Bounded();
            await stream.FlushAsync().Bounded();
        }

        public void Complete() => _complete.SetResult();

        public void Fail(Exception exception) => _complete.SetException(exception);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            _stream.SetResult(stream);
            await _complete.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            _complete.TrySetResult();
            base.Dispose(disposing);
        }
    }
}
