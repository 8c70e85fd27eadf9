using System.Security.Cryptography.X509Certificates;

namespace PipeClient.Load.Connecting;

/// <summary>How connections are encrypted.</summary>
internal sealed record TlsSettings
{
    /// <summary>Takes any certificate.</summary>
    public bool Insecure { get; init; }

    /// <summary>The name asked for and expected in the certificate; null for the target's host.</summary>
    public string? ServerName { get; init; }

    /// <summary>Who may have signed the server's certificate; null for those that the system trusts.</summary>
    public X509Certificate2Collection? Authorities { get; init; }
}
