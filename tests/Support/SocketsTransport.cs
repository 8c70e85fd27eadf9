using Microsoft.AspNetCore.Hosting;

namespace Support;

/// <summary>Kestrel's own transport: what it does is right.</summary>
public sealed class SocketsTransport : ITransport
{
    public string Name => "Sockets";

    public void Use(IWebHostBuilder host, TransportSettings settings) => host.UseSockets(settings.ApplyTo);

    public override string ToString() => Name;
}
