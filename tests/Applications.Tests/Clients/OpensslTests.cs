using Support.Processes;

namespace Applications.Tests.Clients;

/// <summary>openssl s_client: TLS by itself, with the request typed in.</summary>
public sealed class OpensslTests
{
    [Theory, EveryServingTransport("-tls1_2", "-tls1_3")]
    public async Task Get_CertificateVerified_IsAnswered(ITransport transport, string version)
    {
        ClientProgram.SkipUnlessInstalled("openssl");
        using var files = TestCertificates.WriteFiles();
        await using var server = await ClientApplication.StartAsync(transport, Listening.Tls);
        await using var client = ChildProcess.Start(new ChildCommand(
            "openssl",
            "s_client",
            "-connect",
            $"127.0.0.1:{server.Port}",
            "-servername",
            "localhost",
            "-CAfile",
            files["server.pem"],
            "-verify_return_error",
            "-verify_hostname",
            "localhost",
            "-alpn",
            "http/1.1",
            "-ign_eof",
            version));

        await client.Input.WriteAsync("GET /typed HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        await client.Input.FlushAsync();
        var exit = await client.WaitForExitAsync();

        // The exit code says no more: Kestrel ends without a close_notify, which openssl calls an error.
        Assert.Contains("ALPN protocol: http/1.1", exit.OutputLines);
        Assert.Contains("Verification: OK", exit.OutputLines);
        Assert.Contains("GET /typed HTTP/1.1", exit.OutputLines);
    }
}
