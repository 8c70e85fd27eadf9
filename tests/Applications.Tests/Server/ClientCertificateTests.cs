using System.Net;
using System.Security.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Applications.Tests.Server;

/// <summary>TLS with a certificate on the client's side too.</summary>
public sealed class ClientCertificateTests
{
    [Theory, EveryApplicationTransport("1.1", "2.0")]
    public async Task Required_ClientHasOne_TheApplicationSeesIt(ITransport transport, string version)
    {
        await using var server = await StartAsync(transport, ClientCertificateMode.RequireCertificate);
        using var client = CreateClient(server, Version.Parse(version));

        Assert.Equal(TestCertificates.Client.Thumbprint, await client.GetStringAsync(server.At("/")).Bounded());
    }

    [Theory, EveryApplicationTransport]
    public async Task Required_ClientHasNone_IsRefused(ITransport transport)
    {
        await using var server = await StartAsync(transport, ClientCertificateMode.RequireCertificate);
        using var client = server.CreateClient(HttpVersion.Version11);

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(server.At("/")).Bounded());
    }

    // Asked for in the middle of a request, by a second handshake on the connection that carries it.
    [Theory, EveryApplicationTransport]
    public async Task Delayed_TheApplicationAsks_TheClientShowsIt(ITransport transport)
    {
        await using var server = await StartAsync(transport, ClientCertificateMode.DelayCertificate);
        using var client = CreateClient(server, HttpVersion.Version11);

        Assert.Equal("none", await client.GetStringAsync(server.At("/")).Bounded());
        Assert.Equal(TestCertificates.Client.Thumbprint, await client.GetStringAsync(server.At("/ask")).Bounded());
        Assert.Equal(TestCertificates.Client.Thumbprint, await client.GetStringAsync(server.At("/")).Bounded());
    }

    private static HttpClient CreateClient(WebServer server, Version version)
        => server.CreateClient(version, handler =>
        {
            handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => TestCertificates.Client;
            handler.SslOptions.AllowRenegotiation = true;

            // A resumed session brings the certificate along.
            handler.SslOptions.AllowTlsResume = false;
        });

    private static Task<WebServer> StartAsync(ITransport transport, ClientCertificateMode mode)
        => WebServer.StartAsync(
            transport,
            async http =>
            {
                var certificate = http.Request.Path == "/ask"
                    ? await http.Connection.GetClientCertificateAsync()
                    : http.Connection.ClientCertificate;
                await http.Response.WriteAsync(certificate?.Thumbprint ?? "none");
            },
            new WebServerOptions
            {
                Listening = Listening.Tls,
                Https = https =>
                {
                    https.ClientCertificateMode = mode;
                    https.ClientCertificateValidation = (certificate, _, _) => certificate.Equals(TestCertificates.Client);

                    // TLS 1.3 has no second handshake.
                    https.SslProtocols = mode == ClientCertificateMode.DelayCertificate ? SslProtocols.Tls12 : SslProtocols.None;
                },
            });
}
