using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Support;

/// <summary>Certificates that live as long as the tests.</summary>
public static class Certificates
{
    private static readonly Lazy<X509Certificate2> _selfSigned = new(Create);

    /// <summary>For servers; its key is fast to sign with. Not to be disposed.</summary>
    public static X509Certificate2 SelfSigned => _selfSigned.Value;

    private static X509Certificate2 Create()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=server", key, HashAlgorithmName.SHA256);
        var now = DateTimeOffset.UtcNow;
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
