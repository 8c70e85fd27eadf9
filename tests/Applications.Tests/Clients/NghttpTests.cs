namespace Applications.Tests.Clients;

/// <summary>nghttp and h2load, the clients of nghttp2.</summary>
public sealed class NghttpTests
{
    [Theory, EveryServingTransport(Listening.Http2, Listening.Tls)]
    public async Task Nghttp_PostWithATrailer_GetsOneBack(ITransport transport, Listening listening)
    {
        using var files = new TemporaryFolder();
        files.Write("body", "the body");
        await using var server = await ClientApplication.StartAsync(transport, listening);

        var exit = await ClientProgram.RunAsync(
            "nghttp",
            "--verbose",
            "--no-verify-peer",
            "--data",
            files["body"],
            "--trailer",
            "question: is it so",
            $"{server.At("/trailer")}");

        Assert.Contains("see below", exit.Output, StringComparison.Ordinal);
        Assert.Contains("answer: is it so, yes", exit.Output, StringComparison.Ordinal);
    }

    [Theory, EveryServingTransport(Listening.Http1, Listening.Http2, Listening.Tls)]
    public async Task H2load_ManyRequestsOnManyConnections_AllSucceed(ITransport transport, Listening listening)
    {
        await using var server = await ClientApplication.StartAsync(transport, listening);
        string[] version = listening == Listening.Http1 ? ["--h1"] : ["-m", "10"];

        var exit = await ClientProgram.RunAsync("h2load", ["-n", "1000", "-c", "20", .. version, $"{server.At("/load")}"]);

        Assert.Contains(
            "requests: 1000 total, 1000 started, 1000 done, 1000 succeeded, 0 failed, 0 errored, 0 timeout",
            exit.OutputLines);
        Assert.Contains("status codes: 1000 2xx, 0 3xx, 0 4xx, 0 5xx", exit.OutputLines);
    }

    [Theory, EveryServingTransport(Listening.Http2, Listening.Tls)]
    public async Task H2load_Uploads_AllSucceed(ITransport transport, Listening listening)
    {
        using var files = new TemporaryFolder();
        await File.WriteAllBytesAsync(files["body"], Pattern.Create(100_000));
        await using var server = await ClientApplication.StartAsync(transport, listening);

        var exit = await ClientProgram.RunAsync(
            "h2load", "-n", "100", "-c", "5", "-m", "5", "-d", files["body"], $"{server.At("/echo")}");

        Assert.Contains(
            "requests: 100 total, 100 started, 100 done, 100 succeeded, 0 failed, 0 errored, 0 timeout",
            exit.OutputLines);
    }
}
