using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Applications.Tests.Harness;

/// <summary>Self-signed certificates, made once for the whole run.</summary>
internal static class TestCertificates
{
    public static X509Certificate2 Server { get; } = Create("localhost");

    public static X509Certificate2 Client { get; } = Create("client");

    /// <summary>For clients that take their certificates from files. The folder goes with the returned object.</summary>
    public static TemporaryFolder WriteFiles()
    {
        var folder = new TemporaryFolder();
        folder.Write("server.pem", Server.ExportCertificatePem());
        folder.Write("client.pem", Client.ExportCertificatePem());
        using var key = Client.GetECDsaPrivateKey()!;
        folder.Write("client.key", key.ExportPkcs8PrivateKeyPem());
        return folder;
    }

    private static X509Certificate2 Create(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = DateTimeOffset.UtcNow;
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
