using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Faults.Attacks;

/// <summary>Connections that send as long as anybody takes it, and read nothing.</summary>
internal sealed class NeverRead : IAttack
{
    private const int SmallBuffer = 4096;
    private const int Chunk = 64 * 1024;

    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(500);

    public string Name => "never-read";

    public string Description => "connections that send as long as it goes, and never read";

    public int Count => 500;

    public async Task<string> RunAsync(IPEndPoint server, int count, AttackProgress progress, CancellationToken stop)
    {
        var peers = await Peers.OpenServedAsync(server, count, stop, SmallBuffer);
        var chunk = new byte[Chunk];
        var sent = peers.Sum(peer => SendWhatGoes(peer, chunk));
        progress.Ready();
        progress.Enough();
        while (await Peers.PauseAsync(_interval, stop))
        {
            sent += peers.Sum(peer => SendWhatGoes(peer, chunk));
        }

        Peers.ResetAll(peers);
        return string.Create(CultureInfo.InvariantCulture, $"{count:N0} connections sent {sent >> 20:N0} MB");
    }

    private static long SendWhatGoes(Socket peer, byte[] chunk)
    {
        peer.Blocking = false;
        long sent = 0;
        while (true)
        {
            var n = peer.Send(chunk, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                return sent;
            }

            sent += error == SocketError.Success ? n : throw new SocketException((int)error);
        }
    }
}
