using System.Globalization;
using System.Net;

namespace Faults.Attacks;

/// <summary>Busy connections whose whole process is stopped by a signal, and goes on later as if nothing had been.</summary>
internal sealed class Frozen : IAttack
{
    public string Name => "frozen";

    public string Description => "busy connections whose process is frozen by SIGSTOP and thawed";

    public int Count => 500;

    public bool IsFrozen => true;

    public async Task<string> RunAsync(IPEndPoint server, int count, AttackProgress progress, CancellationToken stop)
    {
        var peers = await Peers.OpenServedAsync(server, count, stop);
        var running = peers.Select(peer => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await Peers.EchoByteAsync(peer, CancellationToken.None);
            }

            // One more, after it has been thawed for certain.
            await Peers.EchoByteAsync(peer, CancellationToken.None);
            peer.Dispose();
        }, CancellationToken.None)).ToArray();
        progress.Ready();
        progress.Enough();
        await Task.WhenAll(running);
        return string.Create(CultureInfo.InvariantCulture, $"{count} connections went on echoing after they were thawed");
    }
}
