using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Faults.Attacks;

/// <summary>Messages that arrive in segments of one byte each.</summary>
internal sealed class TinySegments : IAttack
{
    private const int MessageSize = 64;

    public string Name => "tiny";

    public string Description => "messages in segments of one byte";

    public int Count => 20;

    public async Task<string> RunAsync(IPEndPoint server, int count, AttackProgress progress, CancellationToken stop)
    {
        var peers = await Peers.OpenServedAsync(server, count, stop);
        progress.Ready();
        progress.Enough();
        long segments = 0;
        await Task.WhenAll(peers.Select(peer => Task.Run(async () =>
        {
            var message = new byte[MessageSize];
            var reply = new byte[MessageSize];
            while (!stop.IsCancellationRequested)
            {
                Random.Shared.NextBytes(message);
                for (var i = 0; i < MessageSize; i++)
                {
                    await peer.SendAsync(message.AsMemory(i, 1), SocketFlags.None, CancellationToken.None);
                }

                for (var received = 0; received < MessageSize;)
                {
                    var n = await peer.ReceiveAsync(reply.AsMemory(received), SocketFlags.None, CancellationToken.None);
                    received += n > 0 ? n : throw new FaultsException("the server ended a connection with short segments");
                }

                if (!message.AsSpan().SequenceEqual(reply))
                {
                    throw new FaultsException("an echo of short segments was wrong");
                }

                Interlocked.Add(ref segments, MessageSize);
            }

            peer.Dispose();
        }, CancellationToken.None)));
        return string.Create(CultureInfo.InvariantCulture, $"{count} connections sent {segments:N0} segments of a byte, all echoed");
    }
}
