using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Microbenchmarks.Peers;

/// <summary>A Kestrel with one endpoint for raw connections, on one of the transports, in this process.</summary>
internal sealed class Server : IAsyncDisposable
{
    private readonly IHost _host;

    private Server(IHost host)
    {
        _host = host;
        var address = host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        EndPoint = new IPEndPoint(IPAddress.Loopback, new Uri(address).Port);
    }

    public IPEndPoint EndPoint { get; }

    public static async Task<Server> StartAsync(Transport transport, ConnectionDelegate application)
    {
        var builder = new HostBuilder().ConfigureWebHost(web =>
        {
            if (transport == Transport.Threads)
            {
                web.UseThreadTransport();
            }

            web.UseKestrelCore()
                .ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Run(connection => application(connection))))
                .Configure(static _ => { });
        });
        var host = builder.Build();
        await host.StartAsync();
        return new Server(host);
    }

    /// <summary>A blocking client, whose thread is the benchmark's.</summary>
    public Socket Connect()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = 30_000,
            SendTimeout = 30_000,
        };
        try
        {
            socket.Connect(EndPoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Whatever a connection still does is of no interest any more.
        await _host.StopAsync(new CancellationToken(canceled: true));
        _host.Dispose();
    }
}
