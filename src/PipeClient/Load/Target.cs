using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PipeClient.Load;

/// <summary>The server's host and port, as typed: <c>localhost:1234</c>, <c>10.0.0.1:1234</c>, <c>[::1]:1234</c>; or <c>unix:/path</c>.</summary>
internal sealed record Target(string Host, int Port)
{
    private const string UnixPrefix = "unix:";

    /// <summary>The longest path that a socket's address takes.</summary>
    private const int MaxPath = 107;

    /// <summary>Whether <see cref="Host"/> is the path of a Unix socket.</summary>
    public bool IsUnix { get; init; }

    public static bool TryParse(string text, [NotNullWhen(true)] out Target? target)
    {
        target = null;
        if (text.StartsWith(UnixPrefix, StringComparison.Ordinal))
        {
            var path = text[UnixPrefix.Length..];
            target = new Target(path, 0) { IsUnix = true };
            return path.Length > 0 && Encoding.UTF8.GetByteCount(path) <= MaxPath;
        }

        var colon = text.LastIndexOf(':');
        if (colon <= 0
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port is < 1 or > IPEndPoint.MaxPort)
        {
            return false;
        }

        var host = text[..colon];
        if (host is ['[', .. var inner, ']'])
        {
            target = new Target(inner, port);
            return IPAddress.TryParse(inner, out var address) && address.ToString().Contains(':', StringComparison.Ordinal);
        }

        // ::1:1234 could be an address without a port; the brackets are what tells them apart.
        if (Uri.CheckHostName(host) is not (UriHostNameType.Dns or UriHostNameType.IPv4))
        {
            return false;
        }

        target = new Target(host, port);
        return true;
    }

    /// <summary>The addresses to try, in the resolver's order.</summary>
    public async Task<EndPoint[]> ResolveAsync(CancellationToken cancellationToken)
    {
        if (IsUnix)
        {
            return [new UnixDomainSocketEndPoint(Host)];
        }

        var addresses = IPAddress.TryParse(Host, out var literal)
            ? [literal]
            : await Dns.GetHostAddressesAsync(Host, cancellationToken);
        return Array.ConvertAll<IPAddress, EndPoint>(addresses, address => new IPEndPoint(address, Port));
    }

    public override string ToString() =>
        IsUnix ? UnixPrefix + Host
        : Host.Contains(':', StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
            : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
