using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Faults.Attacks;

/// <summary>RST at every stage of a connection's life, one after the other, over and over.</summary>
internal sealed class ResetEverywhere : IAttack
{
    private const int Workers = 4;
    private const int Large = 256 * 1024;

    private static readonly Func<Socket, CancellationToken, Task>[] _stages =
    [
        // Between accept and first read, if it is accepted at all by then.
        (_, _) => Task.CompletedTask,

        // With bytes that nobody may have read yet.
        (socket, stop) => socket.SendAsync(new byte[10], SocketFlags.None, stop).AsTask(),

        // After an echo, so while the server waits for more.
        Peers.EchoByteAsync,

        // In the middle of what the server sends.
        async (socket, stop) =>
        {
            await socket.SendAsync(new byte[Large], SocketFlags.None, stop);
            await socket.ReceiveAsync(new byte[1], SocketFlags.None, stop);
        },

        // After the FIN, with the last echo under way.
        async (socket, stop) =>
        {
            await socket.SendAsync(new byte[10], SocketFlags.None, stop);
            socket.Shutdown(SocketShutdown.Send);
        },
    ];

    public string Name => "reset";

    public string Description => "connections that are reset at one stage after the other, from before they are accepted";

    public int Count => 5_000;

    public async Task<string> RunAsync(IPEndPoint server, int count, AttackProgress progress, CancellationToken stop)
    {
        var resets = 0;
        progress.Ready();
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            for (var i = worker; !stop.IsCancellationRequested; i++)
            {
                using var socket = await Peers.OpenAsync(server, CancellationToken.None);
                await _stages[i % _stages.Length](socket, CancellationToken.None);
                Peers.Reset(socket);
                if (Interlocked.Increment(ref resets) == count)
                {
                    progress.Enough();
                }
            }
        }, CancellationToken.None)));
        return string.Create(CultureInfo.InvariantCulture, $"{resets:N0} resets");
    }
}
