using System.Globalization;
using System.Net;

namespace Faults.Attacks;

/// <summary>More connects at once than the server's backlog holds; each is served in the end.</summary>
internal sealed class Flood : IAttack
{
    /// <summary>A connect that finds the backlog full is made again by the kernel, after one second, two more, four more.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(200);

    public string Name => "flood";

    public string Description => "more connects at once than the backlog holds";

    public int Count => 4_000;

    public async Task<string> RunAsync(IPEndPoint server, int count, AttackProgress progress, CancellationToken stop)
    {
        progress.Ready();
        var waves = 0;
        do
        {
            using var bound = new CancellationTokenSource(_patience);
            var sockets = Enumerable.Range(0, count).Select(_ => Peers.Create(server)).ToArray();
            await Task.WhenAll(sockets.Select(async socket =>
            {
                await socket.ConnectAsync(server, bound.Token);
                await Peers.EchoByteAsync(socket, bound.Token);
            }));
            Peers.ResetAll(sockets);
            waves++;
            progress.Enough();
        }
        while (await Peers.PauseAsync(_pause, stop));
        return string.Create(CultureInfo.InvariantCulture, $"{waves} times {count:N0} connects at once, all served");
    }
}
