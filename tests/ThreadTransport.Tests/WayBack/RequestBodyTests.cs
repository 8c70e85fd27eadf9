using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Support;

namespace ThreadTransport.Tests.WayBack;

/// <summary>Reading the body leads back to the request's thread, whoever reads it and wherever the read ends.</summary>
public sealed class RequestBodyTests
{
    private const int Size = 200_000;

    private static readonly Dictionary<string, Func<HttpContext, Task<long>>> _readers = new()
    {
        ["stream"] = async http =>
        {
            var buffer = new byte[10_000];
            var total = 0L;
            while (await http.Request.Body.ReadAsync(buffer) is var n and > 0)
            {
                AssertOnThread(http);
                total += n;
            }

            return total;
        },
        ["array"] = async http =>
        {
            var buffer = new byte[10_000];
            var total = 0L;
#pragma warning disable CA1835 // The older overload is what is tested.
            while (await http.Request.Body.ReadAsync(buffer, 0, buffer.Length) is var n and > 0)
#pragma warning restore CA1835
            {
                AssertOnThread(http);
                total += n;
            }

            return total;
        },
        ["reader"] = async http =>
        {
            var total = 0L;
            while (true)
            {
                var result = await http.Request.BodyReader.ReadAsync();
                AssertOnThread(http);
                total += result.Buffer.Length;
                http.Request.BodyReader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    return total;
                }
            }
        },
        ["reader at least"] = async http =>
        {
            var result = await http.Request.BodyReader.ReadAtLeastAsync(Size);
            AssertOnThread(http);
            var length = result.Buffer.Length;
            http.Request.BodyReader.AdvanceTo(result.Buffer.End);
            return length;
        },
        ["copy"] = async http =>
        {
            using var copy = new MemoryStream();
            await http.Request.Body.CopyToAsync(copy);
            AssertOnThread(http);
            return copy.Length;
        },
        ["replaced"] = async http =>
        {
            // Middleware that puts a stream of its own in the body's place has the reader follow.
            http.Request.Body = new MemoryStream(Encoding.ASCII.GetBytes("other"));
            var result = await http.Request.BodyReader.ReadAsync();
            return result.Buffer.Length == "other".Length ? Size : -1;
        },
        ["buffered"] = async http =>
        {
            // In memory: a file has its own ideas of where a write ends.
            http.Request.EnableBuffering(bufferThreshold: 2 * Size);
            await http.Request.Body.CopyToAsync(Stream.Null);
            AssertOnThread(http);
            http.Request.Body.Position = 0;
            var text = await new StreamReader(http.Request.Body).ReadToEndAsync();
            return text.Length;
        },
        ["result"] = http =>
        {
            using var copy = new MemoryStream();
            http.Request.Body.CopyToAsync(copy).Wait();
            AssertOnThread(http);
            return Task.FromResult(copy.Length);
        },
    };

    public static TheoryData<string, string, bool> Cases()
    {
        var cases = new TheoryData<string, string, bool>();
        foreach (var protocol in (string[])["http", "https", "h2c", "h2"])
        {
            foreach (var reader in _readers.Keys)
            {
                cases.Add(protocol, reader, true);
            }

            cases.Add(protocol, "reader", false);
            cases.Add(protocol, "stream", false);
        }

        return cases;
    }

    [Theory, MemberData(nameof(Cases))]
    public async Task Read_OfABodyThatIsNotThereYet_EndsOnTheRequestsThread(string protocol, string reader, bool onThreads)
    {
        await using var app = Build(protocol, onThreads);
        app.Run(async http => await http.Response.WriteAsync($"{await _readers[reader](http)}"));
        await app.StartAsync().Bounded();
        using var client = CreateClient();

        // A second one on the same connection, for what is left behind by the first.
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal($"{Size}", await PostAsync(client, app, protocol, new ByteArrayContent(new byte[Size])));
        }
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    [InlineData("h2c")]
    [InlineData("h2")]
    public async Task Endpoint_WithAParameterFromTheBody_StartsOnTheRequestsThread(string protocol)
    {
        await using var app = Build(protocol, onThreads: true);
        app.MapPost("/", (int[] numbers, HttpContext http) =>
        {
            AssertOnThread(http);
            return numbers.Length;
        });
        await app.StartAsync().Bounded();
        using var client = CreateClient();
        var json = $"[{string.Join(',', Enumerable.Range(0, 50_000))}]";

        for (var i = 0; i < 2; i++)
        {
            Assert.Equal("50000", await PostAsync(client, app, protocol, new StringContent(json, Encoding.UTF8, "application/json")));
        }
    }

    private static void AssertOnThread(HttpContext http)
    {
        Assert.False(Thread.CurrentThread.IsThreadPoolThread);
        Assert.True(http.Features.Get<IConnectionThreadFeature>()!.IsCurrent);
    }

    private static async Task<string> PostAsync(HttpClient client, WebApplication app, string protocol, HttpContent content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, app.Urls.Single())
        {
            Content = content,
            Version = protocol.StartsWith("h2", StringComparison.Ordinal) ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        // So the body is sent when the server waits for it.
        request.Headers.ExpectContinue = true;
        using var response = await client.SendAsync(request).Bounded();
        return await response.Content.ReadAsStringAsync().Bounded();
    }

    private static WebApplication Build(string protocol, bool onThreads)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost
            .UseKestrelHttpsConfiguration()
            .ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                if (protocol is "https" or "h2")
                {
                    listen.UseHttps(Certificates.SelfSigned);
                }

                if (protocol == "h2c")
                {
                    listen.Protocols = HttpProtocols.Http2;
                }
            }))
            .UseThreadTransport(o => o.CanBind = _ => onThreads);
        var app = builder.Build();
        app.UseConnectionThread();
        return app;
    }

    private static HttpClient CreateClient() => new(new SocketsHttpHandler
    {
        // No answer to the client's question fails the test rather than being guessed.
        Expect100ContinueTimeout = TestTimeout.Default,
        UseProxy = false,
#pragma warning disable CA5359 // It is the test's own certificate.
        SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
#pragma warning restore CA5359
    });
}
