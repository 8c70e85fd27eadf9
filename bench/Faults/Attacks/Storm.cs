using System.Globalization;
using System.Net;

namespace Faults.Attacks;

/// <summary>Connections that are closed as soon as they are open: with a FIN and with a RST, in turns.</summary>
internal sealed class Storm : IAttack
{
    private const int Workers = 4;

    public string Name => "storm";

    public string Description => "connect and close, as fast as it goes";

    public int Count => 50_000;

    public async Task<string> RunAsync(IPEndPoint server, int count, AttackProgress progress, CancellationToken stop)
    {
        var closed = 0;
        progress.Ready();
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var socket = await Peers.OpenAsync(server, CancellationToken.None);
                var number = Interlocked.Increment(ref closed);
                if (number % 2 == 0)
                {
                    socket.Dispose();
                }
                else
                {
                    Peers.Reset(socket);
                }

                if (number == count)
                {
                    progress.Enough();
                }
            }
        }, CancellationToken.None)));
        return string.Create(CultureInfo.InvariantCulture, $"{closed:N0} connections opened and closed");
    }
}
