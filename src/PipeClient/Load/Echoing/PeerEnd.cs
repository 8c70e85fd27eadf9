using System.Net.Sockets;

namespace PipeClient.Load.Echoing;

/// <summary>Tells how a peer has ended its side.</summary>
internal static class PeerEnd
{
    private const int Tcp = 6;
    private const int TcpInfo = 11;
    private const byte TcpClose = 7;

    /// <summary>
    /// A send that meets a reset consumes it, and the receive beside it sees a plain end of stream. The kernel still knows:
    /// after a FIN the socket waits to be closed, after a reset it is closed. Elsewhere than on Linux the end is taken as seen.
    /// </summary>
    public static bool WasReset(Socket socket)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            Span<byte> state = [0];
            return socket.GetRawSocketOption(Tcp, TcpInfo, state) == 1 && state[0] == TcpClose;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }
}
