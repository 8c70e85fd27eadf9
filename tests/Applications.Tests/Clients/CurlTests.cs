using System.Globalization;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Support.Processes;

namespace Applications.Tests.Clients;

/// <summary>curl, with OpenSSL and nghttp2 inside.</summary>
public sealed class CurlTests
{
    private const int Size = 8 * 1024 * 1024;

    // With prior knowledge one request each: curl 7.88 cannot use such a connection twice.
    [Theory, EveryServingTransport]
    public async Task Get_WithPriorKnowledge_IsHttp2(ITransport transport)
    {
        using var files = new TemporaryFolder();
        await using var server = await ClientApplication.StartAsync(transport, Listening.Http2);

        Assert.Equal("GET /one HTTP/2\n", (await CurlAsync(files, Listening.Http2, $"{server.At("/one")}")).Output);
    }

    [Theory, EveryServingTransport(Listening.Http1, Listening.Tls)]
    public async Task Get_OneAfterTheOther_UsesOneConnection(ITransport transport, Listening listening)
    {
        using var files = TestCertificates.WriteFiles();
        await using var server = await ClientApplication.StartAsync(transport, listening);

        var exit = await CurlAsync(
            files, listening, "--write-out", "%{num_connects} new\n", $"{server.At("/one")}", $"{server.At("/two")}");

        var protocol = listening == Listening.Http1 ? "HTTP/1.1" : "HTTP/2";
        Assert.Equal([$"GET /one {protocol}", "1 new", $"GET /two {protocol}", "0 new"], exit.OutputLines);
    }

    // On HTTP/1.1 with "Expect: 100-continue", which curl adds by itself to bodies of this size.
    [Theory, EveryServingTransport(Listening.Http1, Listening.Http2, Listening.Tls)]
    public async Task Post_LargeFile_ComesBackWhole(ITransport transport, Listening listening)
    {
        using var files = TestCertificates.WriteFiles();
        await File.WriteAllBytesAsync(files["sent"], Pattern.Create(Size));
        await using var server = await ClientApplication.StartAsync(transport, listening);

        await CurlAsync(
            files, listening, "--data-binary", $"@{files["sent"]}", "--output", files["received"], $"{server.At("/echo")}");

        var received = await File.ReadAllBytesAsync(files["received"]);
        Assert.Equal(Size, received.Length);
        Pattern.Check(received, 0);
    }

    [Theory, EveryServingTransport(Listening.Http1, Listening.Tls)]
    public async Task Get_ManyInParallel_AreAllAnswered(ITransport transport, Listening listening)
    {
        using var files = TestCertificates.WriteFiles();
        await using var server = await ClientApplication.StartAsync(transport, listening);

        var exit = await CurlAsync(files, listening, "--parallel", "--parallel-max", "20", $"{server.Address}[1-100]");

        var answered = exit.OutputLines.Select(line => int.Parse(line.Split(' ')[1].TrimStart('/'), CultureInfo.InvariantCulture));
        Assert.Equal(Enumerable.Range(1, 100), answered.Order());
    }

    [Theory, EveryServingTransport]
    public async Task Get_OverAUnixSocket_IsAnswered(ITransport transport)
    {
        using var path = new TemporarySocketPath();
        using var files = new TemporaryFolder();
        await using var server = await WebServer.StartAsync(
            transport, ClientApplication.AnswerAsync, new WebServerOptions { EndPoint = path.EndPoint });

        var exit = await CurlAsync(files, Listening.Http1, "--unix-socket", path.Path, "http://localhost/unix");

        Assert.Equal("GET /unix HTTP/1.1\n", exit.Output);
    }

    [Theory, EveryServingTransport]
    public async Task Get_WithACertificate_ShowsIt(ITransport transport)
    {
        using var files = TestCertificates.WriteFiles();
        await using var server = await WebServer.StartAsync(
            transport,
            ClientApplication.AnswerAsync,
            new WebServerOptions
            {
                Listening = Listening.Tls,
                Https = https =>
                {
                    https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                    https.AllowAnyClientCertificate();
                },
            });

        var exit = await CurlAsync(
            files, Listening.Tls, "--cert", files["client.pem"], "--key", files["client.key"], $"{server.At("/certificate")}");

        Assert.Equal("CN=client\n", exit.Output);
    }

    private static Task<ChildExit> CurlAsync(TemporaryFolder files, Listening listening, params string[] arguments)
        => ClientProgram.RunAsync("curl", [.. Options(files, listening), .. arguments]);

    private static string[] Options(TemporaryFolder files, Listening listening) => listening switch
    {
        Listening.Http1 => ["--silent", "--show-error", "--http1.1"],
        Listening.Http2 => ["--silent", "--show-error", "--http2-prior-knowledge"],
        _ => ["--silent", "--show-error", "--http2", "--cacert", files["server.pem"]],
    };
}
