using System.Text;
using Microsoft.AspNetCore.Http;

namespace Applications.Tests.Protocols;

/// <summary>Headers that come after the body.</summary>
public sealed class TrailersTests
{
    [Theory, EveryApplicationTransport]
    public async Task RequestTrailers_AfterChunks_AreThereWhenTheBodyIsRead(ITransport transport)
    {
        await using var server = await WebServer.StartAsync(transport, async http =>
        {
            Assert.False(http.Request.CheckTrailersAvailable());
            await http.Request.Body.CopyToAsync(Stream.Null);
            Assert.True(http.Request.CheckTrailersAvailable());
            await http.Response.WriteAsync(http.Request.GetTrailer("Checksum").ToString());
        });
        using var client = await server.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\nTrailer: Checksum\r\n");
        await client.SendAsync("Connection: close\r\n\r\n");
        await client.SendAsync("5\r\nhello\r\n0\r\nChecksum: right\r\n\r\n");

        Assert.Contains("\r\nright\r\n", Encoding.UTF8.GetString(await client.ReceiveToEndAsync()), StringComparison.Ordinal);
    }

    // Kestrel sends none on HTTP/1.1.
    [Theory, EveryApplicationTransport(Listening.Http2, Listening.Tls)]
    public async Task ResponseTrailers_AfterTheBody_ReachTheClient(ITransport transport, Listening listening)
    {
        await using var server = await WebServer.StartAsync(
            transport,
            async http =>
            {
                Assert.True(http.Response.SupportsTrailers());
                http.Response.DeclareTrailer("Checksum");
                await http.Response.WriteAsync("hello");
                await http.Response.Body.FlushAsync();
                http.Response.AppendTrailer("Checksum", "right");
            },
            listening);
        using var client = server.CreateClient();

        using var response = await client.GetAsync(server.At("/")).Bounded();

        Assert.Equal("hello", await response.Content.ReadAsStringAsync().Bounded());
        Assert.Equal("right", Assert.Single(response.TrailingHeaders.GetValues("Checksum")));
    }
}
