using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Applications.Tests.Server;

/// <summary>HTTP/3 is another transport's: this one leaves it as it is, served or refused.</summary>
public sealed class Http3Tests
{
    [Theory, EveryApplicationTransport(HttpProtocols.Http3, HttpProtocols.Http1AndHttp2AndHttp3)]
    public async Task Endpoint_WithHttp3_StartsOrIsRefusedAsOnSockets(ITransport transport, HttpProtocols protocols)
        => Assert.Equal(await TryAsync(new SocketsTransport(), protocols), await TryAsync(transport, protocols));

    private static async Task<string> TryAsync(ITransport transport, HttpProtocols protocols)
    {
        var options = new WebServerOptions { Listening = Listening.Tls, BeforeTls = listen => listen.Protocols = protocols };
        try
        {
            await using var server = await WebServer.StartAsync(transport, http => http.Response.WriteAsync("hello"), options);
            if (protocols == HttpProtocols.Http3)
            {
                return "started";
            }

            using var client = server.CreateClient();
            using var response = await client.GetAsync(server.At("/")).Bounded();
            return $"served {response.Version}, alt-svc {response.Headers.Contains("Alt-Svc")}";
        }
        catch (InvalidOperationException exception)
        {
            return exception.Message;
        }
    }
}
