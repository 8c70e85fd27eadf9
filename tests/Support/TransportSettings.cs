using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Support;

/// <summary>What all the transports can be told, with the defaults that they share.</summary>
public sealed class TransportSettings
{
    public int Backlog { get; set; } = 512;

    public bool NoDelay { get; set; } = true;

    public long? MaxReadBufferSize { get; set; } = 1024 * 1024;

    public long? MaxWriteBufferSize { get; set; } = 64 * 1024;

    public Func<EndPoint, Socket> CreateBoundListenSocket { get; set; } = SocketTransportOptions.CreateDefaultBoundListenSocket;

    public void ApplyTo(SocketTransportOptions options)
    {
        options.Backlog = Backlog;
        options.NoDelay = NoDelay;
        options.MaxReadBufferSize = MaxReadBufferSize;
        options.MaxWriteBufferSize = MaxWriteBufferSize;
        options.CreateBoundListenSocket = CreateBoundListenSocket;
    }
}
