using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PipeClient.Load.Connecting;

namespace PipeClient.CommandLine.Options;

/// <summary>Whether and how the connections are encrypted.</summary>
internal sealed class TlsOptions
{
    public Option<bool> Tls { get; } = new("--tls") { Description = "encrypt the connections" };

    public Option<bool> Insecure { get; } = new("--insecure") { Description = "with --tls: take any certificate" };

    public Option<string?> Sni { get; } = new("--sni")
    {
        Description = "with --tls: the server name to ask for and to expect, instead of the host",
        HelpName = "name",
        CustomParser = OptionValue.Parser<string?>(
            (text, out value) => Uri.CheckHostName(value = text) != UriHostNameType.Unknown, "a host name"),
    };

    public Option<X509Certificate2Collection?> CaCert { get; } = new("--cacert")
    {
        Description = "with --tls: a PEM file with the certificates to trust, instead of the system's",
        HelpName = "file",
        CustomParser = OptionValue.Parser<X509Certificate2Collection?>(TryReadCertificates, "a PEM file with a certificate"),
    };

    public IEnumerable<Option> All => [Tls, Insecure, Sni, CaCert];

    public void Validate(OptionRules rules)
    {
        rules.Exclude(Insecure, CaCert);
        rules.Require(Insecure, Tls);
        rules.Require(Sni, Tls);
        rules.Require(CaCert, Tls);
    }

    public TlsSettings? Read(ParseResult parsed) => parsed.GetValue(Tls)
        ? new TlsSettings
        {
            Insecure = parsed.GetValue(Insecure),
            ServerName = parsed.GetValue(Sni),
            Authorities = parsed.GetValue(CaCert) is { Count: > 0 } authorities ? authorities : null,
        }
        : null;

    private static bool TryReadCertificates(string path, out X509Certificate2Collection? value)
    {
        value = [];
        try
        {
            value.ImportFromPemFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException)
        {
            // Said by the answer.
        }

        return value.Count > 0;
    }
}
