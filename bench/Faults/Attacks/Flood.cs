using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Faults.Attacks;

/// <summary>
/// More connects at once than the server's backlog holds. Each is served in the end, but for those that the kernel resets: it may have
/// told a client that it is connected, and have had no room to keep that.
/// </summary>
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
        var reset = 0;
        do
        {
            using var bound = new CancellationTokenSource(_patience);
            var sockets = Enumerable.Range(0, count).Select(_ => Peers.Create(server)).ToArray();
            await Task.WhenAll(sockets.Select(async socket =>
            {
                try
                {
                    await socket.ConnectAsync(server, bound.Token);
                    await Peers.EchoByteAsync(socket, bound.Token);
                }
                catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
                {
                    Interlocked.Increment(ref reset);
                }
            }));
            Peers.ResetAll(sockets);
            waves++;
            progress.Enough();
        }
        while (await Peers.PauseAsync(_pause, stop));
        return string.Create(CultureInfo.InvariantCulture, $"{waves} times {count:N0} connects at once, all served but {reset:N0} that were reset");
    }
}
