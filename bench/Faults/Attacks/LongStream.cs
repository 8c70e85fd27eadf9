using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Faults.Attacks;

/// <summary>Streams of a gigabyte, sent and read at once, every byte compared.</summary>
internal sealed class LongStream : IAttack
{
    private const long Size = 1L << 30;

    /// <summary>No multiple of a chunk, so that a chunk that is lost or twice there shows.</summary>
    private const int Period = 65_521;

    private const int Chunk = 64 * 1024;

    public string Name => "stream";

    public string Description => "streams of 1 GB";

    public int Count => 2;

    public async Task<string> RunAsync(IPEndPoint server, int count, AttackProgress progress, CancellationToken stop)
    {
        var pattern = new byte[Period + Chunk];
        new Random(1).NextBytes(pattern.AsSpan(0, Period));
        for (var i = Period; i < pattern.Length; i++)
        {
            pattern[i] = pattern[i - Period];
        }

        progress.Ready();
        var streams = 0;
        do
        {
            await Task.WhenAll(Enumerable.Range(0, count).Select(_ => Task.Run(() => StreamAsync(server, pattern), CancellationToken.None)));
            streams += count;
            progress.Enough();
        }
        while (!stop.IsCancellationRequested);
        return string.Create(CultureInfo.InvariantCulture, $"{streams} streams of 1 GB echoed, all bytes right");
    }

    private static async Task StreamAsync(IPEndPoint server, byte[] pattern)
    {
        using var socket = await Peers.OpenAsync(server, CancellationToken.None);
        var sending = Task.Run(async () =>
        {
            for (long sent = 0; sent < Size; sent += Chunk)
            {
                await socket.SendAsync(pattern.AsMemory((int)(sent % Period), Chunk), SocketFlags.None);
            }

            socket.Shutdown(SocketShutdown.Send);
        });
        var buffer = new byte[Chunk];
        long received = 0;
        while (await socket.ReceiveAsync(buffer, SocketFlags.None) is var n and > 0)
        {
            if (!buffer.AsSpan(0, n).SequenceEqual(pattern.AsSpan((int)(received % Period), n)))
            {
                throw new FaultsException(string.Create(CultureInfo.InvariantCulture, $"the echo of a stream was wrong after {received} bytes"));
            }

            received += n;
        }

        await sending;
        if (received != Size)
        {
            throw new FaultsException(string.Create(CultureInfo.InvariantCulture, $"the echo of a stream ended after {received} of {Size} bytes"));
        }
    }
}
