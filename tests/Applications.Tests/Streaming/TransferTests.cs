using Microsoft.AspNetCore.Http;

namespace Applications.Tests.Streaming;

/// <summary>More bytes than any buffer holds, in both directions, checked one by one.</summary>
public sealed class TransferTests
{
    private const int Size = 24 * 1024 * 1024;

    [Theory, EveryApplicationTransport(Listening.Http1, Listening.Http2, Listening.Tls)]
    public async Task Upload_Large_ArrivesWhole(ITransport transport, Listening listening)
    {
        await using var server = await WebServer.StartAsync(
            transport,
            async http => await http.Response.WriteAsync($"{await CheckAsync(http.Request.Body)}"),
            new WebServerOptions { Listening = listening, Kestrel = kestrel => kestrel.Limits.MaxRequestBodySize = null });
        using var client = server.CreateClient();
        using var content = new StreamContent(new MemoryStream(Pattern.Create(Size)));

        using var response = await client.PostAsync(server.At("/"), content).Bounded();

        Assert.Equal($"{Size}", await response.Content.ReadAsStringAsync().Bounded());
    }

    [Theory, EveryApplicationTransport(Listening.Http1, Listening.Http2, Listening.Tls)]
    public async Task Download_Large_ArrivesWhole(ITransport transport, Listening listening)
    {
        await using var server = await WebServer.StartAsync(transport, WritePatternAsync, listening);
        using var client = server.CreateClient();

        await using var stream = await client.GetStreamAsync(server.At("/")).Bounded();

        Assert.Equal(Size, await CheckAsync(stream).Bounded());
    }

    [Theory, EveryApplicationTransport(Listening.Http1, Listening.Http2)]
    public async Task File_SentByTheServer_ArrivesWhole(ITransport transport, Listening listening)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder["file"], Pattern.Create(Size));
        await using var server = await WebServer.StartAsync(
            transport, http => http.Response.SendFileAsync(folder["file"]), listening);
        using var client = server.CreateClient();

        await using var stream = await client.GetStreamAsync(server.At("/")).Bounded();

        Assert.Equal(Size, await CheckAsync(stream).Bounded());
    }

    // A client that goes on reading while it is still sending.
    [Theory, EveryApplicationTransport(Listening.Http2, Listening.Tls)]
    public async Task Echo_OnSeveralStreamsAtOnce_EachGetsItsOwn(ITransport transport, Listening listening)
    {
        const int Streams = 4;
        const int Each = 4 * 1024 * 1024;
        await using var server = await WebServer.StartAsync(
            transport,
            async http =>
            {
                await http.Response.Body.FlushAsync();
                await http.Request.Body.CopyToAsync(http.Response.Body);
            },
            listening);
        using var client = server.CreateClient();

        await Task.WhenAll(Enumerable.Range(0, Streams).Select(async _ =>
        {
            using var content = new DuplexContent();
            using var request = new HttpRequestMessage(HttpMethod.Post, server.Address)
            {
                Version = client.DefaultRequestVersion,
                VersionPolicy = client.DefaultVersionPolicy,
                Content = content,
            };
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            var sent = SendAsync(content);
            await using var body = await response.Content.ReadAsStreamAsync();
            Assert.Equal(Each, await CheckAsync(body));
            await sent;
        })).Bounded();

        static async Task SendAsync(DuplexContent content)
        {
            await (await content.Stream).WriteAsync(Pattern.Create(Each));
            content.End();
        }
    }

    private static async Task WritePatternAsync(HttpContext http)
    {
        const int Piece = 100_000;
        http.Response.ContentLength = Size;
        for (var offset = 0; offset < Size; offset += Piece)
        {
            await http.Response.Body.WriteAsync(Pattern.At(offset, Math.Min(Piece, Size - offset)));
        }
    }

    private static async Task<long> CheckAsync(Stream stream)
    {
        var buffer = new byte[64 * 1024];
        var offset = 0L;
        while (await stream.ReadAsync(buffer) is var read and > 0)
        {
            Pattern.Check(buffer.AsSpan(0, read), offset);
            offset += read;
        }

        return offset;
    }
}
