using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>A whole Kestrel on the transport under test, whose addresses and settings are the test's own business.</summary>
internal sealed class WebServer : IAsyncDisposable
{
    private readonly IHost _host;

    private WebServer(ITransport transport, Action<IWebHostBuilder> configure, RequestDelegate application)
        => _host = new HostBuilder()
            .ConfigureWebHost(web =>
            {
                // Whatever the machine's environment says about addresses is not the test's.
                web.UseSetting(WebHostDefaults.ServerUrlsKey, null);
                transport.Use(web, new TransportSettings());
                web.UseKestrelCore().UseKestrelHttpsConfiguration();
                configure(web);
                web.Configure(app => app.Run(application));
            })
            .ConfigureServices(services => services
                .AddSingleton<IHostLifetime, NoSignals>()
                .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(Log)))
            .Build();

    /// <summary>What servers with HTTPS show, and what clients trust.</summary>
    public static X509Certificate2 Certificate { get; } = CreateCertificate();

    public EventLog Log { get; } = new();

    public IServer Server => _host.Services.GetRequiredService<IServer>();

    /// <summary>The addresses that the server says it listens on.</summary>
    public IReadOnlyList<string> Addresses => [.. Server.Features.Get<IServerAddressesFeature>()!.Addresses];

    /// <summary>The port of the only address, or the one that all share.</summary>
    public int Port => Addresses.Select(address => BindingAddress.Parse(address).Port).Distinct().Single();

    public static async Task<WebServer> StartAsync(
        ITransport transport,
        Action<IWebHostBuilder> configure,
        RequestDelegate? application = null)
    {
        var server = new WebServer(transport, configure, application ?? SayWhereAsync);
        try
        {
            await server._host.StartAsync().Bounded();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Asks the server at one of its addresses where it was reached: scheme, address and port.</summary>
    public static async Task<string> AskWhereAsync(string scheme, IPAddress address, int port)
    {
        using var client = CreateClient(new IPEndPoint(address, port));
        return await client.GetStringAsync(new Uri($"{scheme}://server/")).Bounded();
    }

    /// <summary>A client that goes to one end point, whatever the URL says.</summary>
    public static HttpClient CreateClient(EndPoint endPoint) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => Certificate.Equals(shown) },
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(endPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    /// <summary>Stops gracefully, until the token says to hurry.</summary>
    public Task StopAsync(CancellationToken hurry = default) => Server.StopAsync(hurry).Bounded();

    public async ValueTask DisposeAsync()
    {
        await StopAsync(new CancellationToken(canceled: true));
        _host.Dispose();
        Log.Dispose();
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = DateTimeOffset.UtcNow;
        return new CertificateRequest("CN=server", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    private static Task SayWhereAsync(HttpContext http)
    {
        var address = http.Connection.LocalIpAddress!;
        return http.Response.WriteAsync(
            $"{http.Request.Scheme} {(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)} {http.Connection.LocalPort}");
    }

    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
