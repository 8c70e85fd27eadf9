using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>The ways to say where Kestrel listens, each reachable where it says.</summary>
[Trait("Promise", "P7")]
public sealed class AddressTests
{
    private static readonly IPAddress _v4 = IPAddress.Loopback;
    private static readonly IPAddress _v6 = IPAddress.IPv6Loopback;

    [Theory, EveryTransport]
    [Trait("Contract", "57")]
    public Task Url_LocalhostWithAPort_IsReachableOverIPv4(ITransport transport)
        => Ports.WithFreeAsync(port => AssertUrlAsync(transport, $"http://localhost:{port}", port, _v4));

    [Theory, EveryTransport("127.0.0.1", "0.0.0.0")]
    [Trait("Contract", "58")]
    public Task Listen_IPv4WithAPort_IsReachable(ITransport transport, string address)
        => Ports.WithFreeAsync(port => AssertListenAsync(transport, IPAddress.Parse(address), port, "http", _v4));

    [Theory, EveryTransport("::1", "::")]
    [Trait("Contract", "59")]
    public Task Listen_IPv6WithAPort_IsReachable(ITransport transport, string address)
    {
        SkipWithoutIPv6();
        IPAddress[] from = address == "::" ? [_v4, _v6] : [_v6];
        return Ports.WithFreeAsync(port => AssertListenAsync(transport, IPAddress.Parse(address), port, "http", from));
    }

    [Theory, EveryTransport(
        "http 127.0.0.1", "https 127.0.0.1", "http ::1", "https ::1", "http 0.0.0.0", "https 0.0.0.0", "http ::", "https ::")]
    [Trait("Contract", "60")]
    public Task Listen_PortZero_IsReachableAtThePortThatItGot(ITransport transport, string where)
    {
        var (scheme, address) = (where.Split(' ')[0], IPAddress.Parse(where.Split(' ')[1]));
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            SkipWithoutIPv6();
        }

        IPAddress[] from = where.Split(' ')[1] switch
        {
            "::" => [_v4, _v6, .. MachineAddresses(AddressFamily.InterNetwork), .. MachineAddresses(AddressFamily.InterNetworkV6)],
            "0.0.0.0" => [_v4, .. MachineAddresses(AddressFamily.InterNetwork)],
            _ => [address],
        };
        return AssertListenAsync(transport, address, 0, scheme, from);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "60")]
    public async Task Listen_AddressOfTheMachine_IsReachable(ITransport transport)
    {
        IPAddress[] own = [.. MachineAddresses(AddressFamily.InterNetwork), .. MachineAddresses(AddressFamily.InterNetworkV6)];
        Assert.SkipWhen(own.Length == 0, "The machine has no address but loopback.");
        foreach (var address in own)
        {
            await AssertListenAsync(transport, address, 0, "http", address);
        }
    }

    [Theory, EveryTransport("127.0.0.1", "::1", "0.0.0.0", "::")]
    [Trait("Contract", "61")]
    public Task Listen_Port443WithHttps_IsReachable(ITransport transport, string address)
    {
        SkipWithoutIPv6();
        return Ports.WithWellKnownAsync(443, () => AssertListenAsync(
            transport, IPAddress.Parse(address), 443, "https", address.Contains(':', StringComparison.Ordinal) ? _v6 : _v4));
    }

    [Theory, EveryTransport("[::1]", "*", "+")]
    [Trait("Contract", "62")]
    public Task Url_IPv6_IsReachable(ITransport transport, string host)
    {
        SkipWithoutIPv6();
        IPAddress[] from = host == "[::1]" ? [_v6] : [_v4, _v6, .. MachineAddresses(AddressFamily.InterNetworkV6)];
        return AssertUrlAsync(transport, $"http://{host}:0/", 0, from);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "62")]
    public async Task Url_IPv6AddressOfTheMachine_IsReachable(ITransport transport)
    {
        var own = MachineAddresses(AddressFamily.InterNetworkV6).ToList();
        Assert.SkipWhen(own.Count == 0, "The machine has no IPv6 address but loopback.");
        foreach (var address in own)
        {
            await AssertUrlAsync(transport, $"http://[{address}]:0", 0, address);
        }
    }

    [Theory, EveryTransport]
    [Trait("Contract", "63"), Trait("Contract", "75")]
    public Task NoAddress_Default_IsLocalhost5000OverIPv6(ITransport transport)
    {
        SkipWithoutIPv6();
        return Ports.WithWellKnownAsync(5000, () => AssertDefaultAsync(transport, _ => { }, _v4, _v6));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "63")]
    public Task Urls_Empty_IsLocalhost5000OverIPv6(ITransport transport)
    {
        SkipWithoutIPv6();
        return Ports.WithWellKnownAsync(5000, () => AssertDefaultAsync(transport, web => web.UseUrls(""), _v4, _v6));
    }

    [Theory, EveryTransport("[::1]", "localhost", "*")]
    [Trait("Contract", "64")]
    public Task Url_WithoutAPort_IsPort80OverIPv6(ITransport transport, string host)
    {
        SkipWithoutIPv6();
        IPAddress[] from = host == "[::1]" ? [_v6] : [_v4, _v6];
        return Ports.WithWellKnownAsync(80, () => AssertUrlAsync(transport, $"http://{host}", 80, from));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "65")]
    public async Task Url_IPv6WithAScope_IsReachable(ITransport transport)
    {
        var scoped = MachineAddresses(AddressFamily.InterNetworkV6, scoped: true).ToList();
        Assert.SkipWhen(scoped.Count == 0, "The machine has no IPv6 address with a scope.");
        foreach (var address in scoped)
        {
            await AssertUrlAsync(transport, $"http://[{address}]:0/", 0, address);
        }
    }

    [Theory, EveryTransport]
    [Trait("Contract", "66")]
    public Task Url_IPv6WithAPort_IsReachable(ITransport transport)
    {
        SkipWithoutIPv6();
        return Ports.WithFreeAsync(port => AssertUrlAsync(transport, $"http://[::1]:{port}", port, _v6));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "67")]
    public Task Url_LocalhostWithAPort_IsReachableOverBothFamilies(ITransport transport)
    {
        SkipWithoutIPv6();
        return Ports.WithFreeAsync(port => AssertUrlAsync(transport, $"http://localhost:{port}", port, _v4, _v6));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "68")]
    public async Task Url_HttpWithHttpsAsTheEndpointDefault_IsHttps(ITransport transport)
    {
        await using var server = await WebServer.StartAsync(transport, web => web
            .ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(listen => listen.UseHttps(WebServer.Certificate)))
            .UseUrls("http://127.0.0.1:0"));

        Assert.Equal([$"https://127.0.0.1:{server.Port}"], server.Addresses);
        await AssertReachableAsync("https", server.Port, _v4);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "69")]
    public Task ListenAnyIP_FromIPv4_IsReachable(ITransport transport)
        => AssertListensAsync(transport, kestrel => kestrel.ListenAnyIP(0), [_v4, .. MachineAddresses(AddressFamily.InterNetwork)]);

    [Theory, EveryTransport]
    [Trait("Contract", "70")]
    public Task ListenAnyIP_FromIPv6_IsReachable(ITransport transport)
    {
        SkipWithoutIPv6();
        return AssertListensAsync(
            transport, kestrel => kestrel.ListenAnyIP(0), [_v6, _v4, .. MachineAddresses(AddressFamily.InterNetworkV6)]);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "71")]
    public async Task ListenAnyIP_ByTheHostName_IsReachable(ITransport transport)
    {
        var own = MachineAddresses(AddressFamily.InterNetwork).Concat(MachineAddresses(AddressFamily.InterNetworkV6)).ToList();
        var named = (await HostAddressesAsync()).Where(address => IPAddress.IsLoopback(address) || own.Contains(address)).ToArray();
        Assert.SkipWhen(named.Length == 0, "The machine's name leads to none of its addresses.");
        await AssertListensAsync(transport, kestrel => kestrel.ListenAnyIP(0), named);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "72")]
    public Task ListenLocalhost_FromIPv4_IsReachable(ITransport transport)
        => Ports.WithFreeAsync(port => AssertListensAsync(transport, kestrel => kestrel.ListenLocalhost(port), [_v4]));

    [Theory, EveryTransport]
    [Trait("Contract", "73")]
    public Task ListenLocalhost_FromIPv6_IsReachable(ITransport transport)
    {
        SkipWithoutIPv6();
        return Ports.WithFreeAsync(port => AssertListensAsync(transport, kestrel => kestrel.ListenLocalhost(port), [_v4, _v6]));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "74")]
    public Task NoAddress_Default_IsLocalhost5000OverIPv4(ITransport transport)
        => Ports.WithWellKnownAsync(5000, () => AssertDefaultAsync(transport, _ => { }, _v4));

    [Theory, EveryTransport]
    [Trait("Contract", "76")]
    public Task NoAddress_WithADefaultCertificate_IsHttpOnlyOverIPv4(ITransport transport)
        => Ports.WithWellKnownAsync(5000, () => AssertDefaultWithCertificateAsync(transport, _v4));

    [Theory, EveryTransport]
    [Trait("Contract", "77")]
    public Task NoAddress_WithADefaultCertificate_IsHttpOnlyOverIPv6(ITransport transport)
    {
        SkipWithoutIPv6();
        return Ports.WithWellKnownAsync(5000, () => AssertDefaultWithCertificateAsync(transport, _v4, _v6));
    }

    /// <summary>That it answers, and that it was the address asked for which did.</summary>
    private static async Task AssertReachableAsync(string scheme, int port, params IPAddress[] from)
    {
        foreach (var address in from)
        {
            Assert.Equal($"{scheme} {address} {port}", await WebServer.AskWhereAsync(scheme, address, port));
        }
    }

    private static async Task AssertUrlAsync(ITransport transport, string url, int port, params IPAddress[] from)
    {
        await using var server = await WebServer.StartAsync(transport, web => web.UseUrls(url));
        await AssertReachableAsync("http", port == 0 ? server.Port : port, from);
    }

    private static async Task AssertListenAsync(ITransport transport, IPAddress address, int port, string scheme, params IPAddress[] from)
    {
        await using var server = await WebServer.StartAsync(transport, web => web.ConfigureKestrel(kestrel => kestrel.Listen(
            new IPEndPoint(address, port),
            listen =>
            {
                if (scheme == "https")
                {
                    listen.UseHttps(WebServer.Certificate);
                }
            })));

        Assert.Single(server.Addresses);
        Assert.True(port == 0 || port == server.Port);
        await AssertReachableAsync(scheme, server.Port, from);
    }

    private static async Task AssertListensAsync(ITransport transport, Action<KestrelServerOptions> listen, IPAddress[] from)
    {
        await using var server = await WebServer.StartAsync(transport, web => web.ConfigureKestrel(listen));
        await AssertReachableAsync("http", server.Port, from);
    }

    private static async Task AssertDefaultAsync(ITransport transport, Action<IWebHostBuilder> configure, params IPAddress[] from)
    {
        await using var server = await WebServer.StartAsync(transport, configure);
        Assert.Equal(["http://localhost:5000"], server.Addresses);
        await AssertReachableAsync("http", 5000, from);
    }

    private static Task AssertDefaultWithCertificateAsync(ITransport transport, params IPAddress[] from)
        => AssertDefaultAsync(
            transport,
            web => web.ConfigureKestrel(
                kestrel => kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = WebServer.Certificate)),
            from);

    private static void SkipWithoutIPv6() => Assert.SkipUnless(Socket.OSSupportsIPv6 && MachineHas(_v6), "No IPv6 here.");

    private static bool MachineHas(IPAddress address)
        => NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Any(a => a.Address.Equals(address));

    /// <summary>The machine's own addresses but loopback.</summary>
    private static IEnumerable<IPAddress> MachineAddresses(AddressFamily family, bool scoped = false)
        => from network in NetworkInterface.GetAllNetworkInterfaces()
           where network.OperationalStatus == OperationalStatus.Up
           from unicast in network.GetIPProperties().UnicastAddresses
           let address = unicast.Address
           where address.AddressFamily == family && !IPAddress.IsLoopback(address)
           where (family == AddressFamily.InterNetworkV6 && address.ScopeId != 0) == scoped
           select address;

    private static async Task<IPAddress[]> HostAddressesAsync()
    {
        try
        {
            return await Dns.GetHostAddressesAsync(Dns.GetHostName()).Bounded();
        }
        catch (SocketException)
        {
            return [];
        }
    }
}
