using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using PipeClient.Load.Links;

namespace PipeClient.Load.Connecting;

/// <summary>Opens the connections to one target: finds the address that answers, and dresses sockets as links. Any thread.</summary>
internal sealed class LinkOpener(Target target, LoadOptions options, LinkShape shape)
{
    private readonly SslClientAuthenticationOptions? _tls = options.Tls is { } tls ? Authentication(tls, target) : null;
    private SocketConnector? _connector;

    public int Retries => _connector?.Retries ?? 0;

    /// <summary>Resolves the target and opens the first connection to whichever address answers. The others follow it.</summary>
    public async Task<Link> OpenFirstAsync(int index, CancellationToken deadline)
    {
        var addresses = await target.ResolveAsync(deadline);
        var source = SourceOf(index);
        if (source is not null && !target.IsUnix)
        {
            addresses = Array.FindAll(addresses, address => address.AddressFamily == source.AddressFamily);
            if (addresses.Length == 0)
            {
                throw new SocketException((int)SocketError.AddressFamilyNotSupported);
            }
        }

        for (var i = 0; ; i++)
        {
            // An address that does not answer must leave time for the ones after it.
            using var share = CancellationTokenSource.CreateLinkedTokenSource(deadline);
            share.CancelAfter(options.ConnectTimeout / (addresses.Length - i));
            try
            {
                _connector = new SocketConnector(addresses[i]);
                return await DressAsync(await _connector.ConnectAsync(source, share.Token), share.Token);
            }
            catch (Exception e) when (i < addresses.Length - 1 && !deadline.IsCancellationRequested && e is not AuthenticationException)
            {
                // The next address may answer; when none does, the last one's failure stands for all.
            }
        }
    }

    /// <summary>Opens another connection, after the first.</summary>
    public async Task<Link> OpenAsync(int index, CancellationToken deadline) =>
        await DressAsync(await _connector!.ConnectAsync(SourceOf(index), deadline), deadline);

    private IPAddress? SourceOf(int index) =>
        options.Sources.Count > 0 ? options.Sources[index / options.Targets.Count % options.Sources.Count] : null;

    private async Task<Link> DressAsync(Socket socket, CancellationToken deadline)
    {
        try
        {
            if (_tls is null)
            {
                return new SocketLink(socket, shape);
            }

            var stream = new SslStream(new NetworkStream(socket));
            await stream.AuthenticateAsClientAsync(_tls, deadline);
            return new TlsLink(socket, stream, shape);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static SslClientAuthenticationOptions Authentication(TlsSettings tls, Target target)
    {
        var name = tls.ServerName ?? (target.IsUnix ? "localhost" : target.Host);
        var authentication = new SslClientAuthenticationOptions { TargetHost = name };
        if (tls.Insecure)
        {
#pragma warning disable CA5359 // That is what the user has asked for.
            authentication.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (tls.Authorities is { } authorities)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(authorities);
            authentication.CertificateChainPolicy = policy;
        }

        return authentication;
    }
}
