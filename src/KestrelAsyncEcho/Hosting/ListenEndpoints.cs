using System.Net;
using System.Net.Sockets;
using KestrelAsyncEcho.Settings;

namespace KestrelAsyncEcho.Hosting;

/// <summary>Turns the settings into the addresses to bind.</summary>
internal static class ListenEndpoints
{
    /// <exception cref="StartException">The host's name has no address.</exception>
    public static async Task<IReadOnlyList<EndPoint>> ResolveAsync(EchoSettings settings)
    {
        if (settings.UnixSocket is not null)
        {
            return [new UnixDomainSocketEndPoint(settings.UnixSocket)];
        }

        // A second address would get another free port than the first, and nobody could tell which one to use.
        var addresses = (await AddressesAsync(settings.Host)).Take(settings.Port == 0 ? 1 : int.MaxValue);
        return [.. addresses.Select(address => new IPEndPoint(address, settings.Port))];
    }

    private static async Task<IEnumerable<IPAddress>> AddressesAsync(string host)
    {
        if (host == "*")
        {
            // Kestrel and the thread transport both bind IPv6Any in dual mode, for IPv4 as well.
            return [CanBind(IPAddress.IPv6Any) ? IPAddress.IPv6Any : IPAddress.Any];
        }

        if (string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            return CanBind(IPAddress.IPv6Loopback) ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.Loopback];
        }

        if (IPAddress.TryParse(host, out var address))
        {
            return [address];
        }

        try
        {
            return (await Dns.GetHostAddressesAsync(host)).Distinct();
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            throw new StartException($"{EchoKeys.Host} = \"{host}\" cannot be resolved: {exception.Message}.", exception);
        }
    }

    /// <summary>Containers often have IPv6 compiled in and switched off, which only a bind can tell.</summary>
    private static bool CanBind(IPAddress address)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
