using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
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

    /// <summary>
    /// Has every end be a FIN, where it would be a RST for a broken connection. Kestrel has a switch for it, but no option.
    /// </summary>
    public bool FinOnError { get; set; }

    public void ApplyTo(SocketTransportOptions options)
    {
        options.Backlog = Backlog;
        options.NoDelay = NoDelay;
        options.MaxReadBufferSize = MaxReadBufferSize;
        options.MaxWriteBufferSize = MaxWriteBufferSize;
        options.CreateBoundListenSocket = CreateBoundListenSocket;
        SetFinOnError(options, FinOnError);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_FinOnError")]
    private static extern void SetFinOnError(SocketTransportOptions options, bool value);
}
