using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Faults.Attacks;

/// <summary>
/// Half-open connections: their peer is gone without a FIN or a RST, as a machine that has lost its power or its network. On one
/// machine that takes a socket in repair mode, which is closed in silence, and the privilege to set that mode.
/// </summary>
internal sealed class Vanish : IAttack
{
    private const int TcpLevel = 6;
    private const int TcpRepair = 19;

    public string Name => "vanish";

    public string Description => "connections whose peer is gone without a FIN or a RST (needs CAP_NET_ADMIN)";

    public int Count => 1_000;

    public async Task<string> RunAsync(IPEndPoint server, int count, AttackProgress progress, CancellationToken stop)
    {
        foreach (var peer in await Peers.OpenServedAsync(server, count, stop))
        {
            try
            {
                peer.SetRawSocketOption(TcpLevel, TcpRepair, BitConverter.GetBytes(1));
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AccessDenied)
            {
                throw new FaultsException("closing a connection in silence takes CAP_NET_ADMIN; run as root, or leave out --fault vanish");
            }

            peer.Dispose();
        }

        progress.Ready();
        progress.Enough();
        await Peers.PauseAsync(Timeout.InfiniteTimeSpan, stop);
        return string.Create(CultureInfo.InvariantCulture, $"{count:N0} connections without a peer");
    }
}
