using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Support;

namespace ThreadTransport.Tests.Behaviour;

/// <summary>Kestrel's HTTP/1.1 on top: not its own tests, only that it works.</summary>
[Trait("Promise", "P7")]
public sealed class HttpTests
{
    private static readonly string[] _paths = ["/one", "/two", "/three"];

    [Theory, EveryTransport]
    public async Task Get_SeveralOnOneConnection_KeepsItAlive(ITransport transport)
    {
        await using var harness = await KestrelHarness.StartHttpAsync(
            transport, http => http.Response.WriteAsync($"{http.Request.Path} {http.Connection.Id}"));
        using var client = CreateClient(harness);

        var answers = new List<string>();
        for (var i = 0; i < 10; i++)
        {
            var answer = (await client.GetStringAsync(new Uri($"http://server/{i}")).Bounded()).Split(' ');
            Assert.Equal($"/{i}", answer[0]);
            answers.Add(answer[1]);
        }

        Assert.Single(answers.Distinct());
    }

    [Theory, EveryTransport]
    public async Task Get_PipelinedRequests_AreAnsweredInOrder(ITransport transport)
    {
        await using var harness = await KestrelHarness.StartHttpAsync(
            transport, http => http.Response.WriteAsync(http.Request.Path.Value!));
        var client = await harness.ConnectAsync();

        await client.SendAsync(
            "GET /one HTTP/1.1\r\nHost: s\r\n\r\n"
            + "GET /two HTTP/1.1\r\nHost: s\r\n\r\n"
            + "GET /three HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n");

        var all = Encoding.UTF8.GetString(await client.ReceiveToEndAsync());
        var places = _paths.Select(path => all.IndexOf(path, StringComparison.Ordinal)).ToArray();
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
    }

    [Theory, EveryTransport]
    public async Task Post_ChunkedUpload_ArrivesWhole(ITransport transport)
    {
        const int Size = 5 * 1024 * 1024;
        await using var harness = await KestrelHarness.StartHttpAsync(transport, async http =>
        {
            var offset = 0L;
            while (true)
            {
                var result = await http.Request.BodyReader.ReadAsync();
                Pattern.Check(result.Buffer, offset);
                offset += result.Buffer.Length;
                http.Request.BodyReader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    break;
                }
            }

            await http.Response.WriteAsync($"{offset}");
        });
        using var client = CreateClient(harness);
        using var body = new StreamContent(new MemoryStream(Pattern.Create(Size)));
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://server/") { Content = body };
        request.Headers.TransferEncodingChunked = true;

        using var response = await client.SendAsync(request).Bounded();

        Assert.Equal($"{Size}", await response.Content.ReadAsStringAsync());
    }

    [Theory, EveryTransport]
    public async Task Get_LargeResponse_ArrivesWhole(ITransport transport)
    {
        const int Size = 8 * 1024 * 1024;
        await using var harness = await KestrelHarness.StartHttpAsync(
            transport, async http => await http.Response.BodyWriter.WriteAsync(Pattern.Create(Size)));
        using var client = CreateClient(harness);

        var body = await client.GetByteArrayAsync(new Uri("http://server/")).Bounded();

        Assert.Equal(Size, body.Length);
        Pattern.Check(body, 0);
    }

    [Theory, EveryTransport]
    public async Task Get_OverAUnixDomainSocket_Answers(ITransport transport)
    {
        using var path = new TemporarySocketPath();
        await using var harness = await KestrelHarness.StartHttpAsync(
            transport, http => http.Response.WriteAsync("hello"), endPoint: path.EndPoint);
        using var client = CreateClient(harness);

        Assert.Equal("hello", await client.GetStringAsync(new Uri("http://server/")).Bounded());
    }

    [Theory, EveryTransport("fin", "rst")]
    [Trait("Contract", "C9"), Trait("Contract", "C10")]
    [Trait("Contract", "12")]
    public async Task RequestAborted_ClientLeavesMidRequest_Fires(ITransport transport, string end)
    {
        using var inside = new SemaphoreSlim(0);
        using var aborted = new SemaphoreSlim(0);
        await using var harness = await KestrelHarness.StartHttpAsync(transport, async http =>
        {
            inside.Release();
            await http.RequestAborted.CancelledAsync();
            aborted.Release();
        });
        var client = await harness.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: s\r\n\r\n");
        Assert.True(await inside.WaitAsync(TestTimeout.Default));

        if (end == "fin")
        {
            client.ShutdownSend();
        }
        else
        {
            client.Reset();
        }

        Assert.True(await aborted.WaitAsync(TestTimeout.Default));
        Assert.Empty(harness.Log.Complaints);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L15")]
    public async Task StopAsync_RequestRuns_IsAnsweredFirst(ITransport transport)
    {
        using var inside = new SemaphoreSlim(0);
        using var leave = new SemaphoreSlim(0);
        await using var harness = await KestrelHarness.StartHttpAsync(transport, async http =>
        {
            inside.Release();
            await leave.WaitAsync(TestTimeout.Default);
            await http.Response.WriteAsync("answered");
        });
        var idle = await harness.ConnectAsync();
        using var client = CreateClient(harness);
        var answer = client.GetStringAsync(new Uri("http://server/"));
        Assert.True(await inside.WaitAsync(TestTimeout.Default));

        var stop = harness.StopAsync();

        // The idle connection is ended at once, the busy one when it has answered.
        Assert.Empty(await idle.ReceiveToEndAsync());
        Assert.False(stop.IsCompleted);
        leave.Release();
        Assert.Equal("answered", await answer.Bounded());
        await stop;
        Assert.Equal(0, harness.Memory.Outstanding);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C8"), Trait("Contract", "104")]
    public async Task KeepAliveTimeout_IdleConnection_EndsWithFin(ITransport transport)
    {
        await using var harness = await KestrelHarness.StartHttpAsync(
            transport,
            http => http.Response.WriteAsync("hello"),
            configureListen: listen => listen.KestrelServerOptions.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(1));
        var client = await harness.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: s\r\n\r\n");

        var answer = Encoding.UTF8.GetString(await client.ReceiveToEndAsync());

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C8"), Trait("Contract", "C18")]
    public async Task Https_PostAndGet_ArriveWhole(ITransport transport)
    {
        const int Size = 1024 * 1024;
        var certificate = Certificates.SelfSigned;
        await using var harness = await KestrelHarness.StartHttpAsync(
            transport,
            AnswerWithTheBodyAsync,
            configureListen: listen => listen.UseHttps(certificate));
        using var client = CreateClient(harness, certificate);
        using var content = new ByteArrayContent(Pattern.Create(Size));

        using var response = await client.PostAsync(new Uri("https://server/"), content).Bounded();

        var echo = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(Size, echo.Length);
        Pattern.Check(echo, 0);
    }

    [Theory, EveryTransport]
    public async Task Http2_ManyStreamsAtOnce_AreAllAnswered(ITransport transport)
    {
        const int Size = 200_000;
        await using var harness = await KestrelHarness.StartHttpAsync(
            transport,
            AnswerWithTheBodyAsync,
            configureListen: listen => listen.Protocols = HttpProtocols.Http2);
        using var client = CreateClient(harness);
        client.DefaultRequestVersion = HttpVersion.Version20;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            using var content = new ByteArrayContent(Pattern.Create(Size));
            using var response = await client.PostAsync(new Uri("http://server/"), content);
            var echo = await response.Content.ReadAsByteArrayAsync();
            Assert.Equal(Size, echo.Length);
            Pattern.Check(echo, 0);
        })).Bounded();
    }

    /// <summary>Reads to the end first, for the client does not read before it has sent all.</summary>
    private static async Task AnswerWithTheBodyAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        await http.Response.Body.WriteAsync(body.ToArray());
    }

    private static HttpClient CreateClient(KestrelHarness harness, X509Certificate2? trusted = null) => new(new SocketsHttpHandler
    {
        SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => trusted?.Equals(shown) == true },
        ConnectCallback = async (_, cancellation) =>
        {
            var endPoint = harness.EndPoint;
            var protocol = endPoint is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified;
            var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, protocol);
            await socket.ConnectAsync(endPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });
}
