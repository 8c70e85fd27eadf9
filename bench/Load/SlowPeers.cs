using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Load;

/// <summary>Peers that send as much as is taken and read far less than comes back, so that what the server owes them piles up.</summary>
internal static class SlowPeers
{
    private const int SendSize = 64 * 1024;
    private const int ReadSize = 1024;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    public static async Task<int> RunAsync(IPEndPoint address, int peers, TextWriter output, CancellationToken interrupt)
    {
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < peers; i++)
            {
                var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                sockets.Add(socket);
                await socket.ConnectAsync(address, interrupt);
            }

            var running = Task.WhenAll(sockets.SelectMany(socket => new[] { SendAsync(socket, interrupt), ReadAsync(socket, interrupt) }));
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"connected: {peers}"));
            await output.FlushAsync(CancellationToken.None);
            await running;
        }
        catch (OperationCanceledException)
        {
            // As it was meant to end.
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }

        return 0;
    }

    private static async Task SendAsync(Socket socket, CancellationToken interrupt)
    {
        var block = new byte[SendSize];
        while (true)
        {
            await socket.SendAsync(block, interrupt);
        }
    }

    private static async Task ReadAsync(Socket socket, CancellationToken interrupt)
    {
        var buffer = new byte[ReadSize];
        while (true)
        {
            if (await socket.ReceiveAsync(buffer, interrupt) == 0)
            {
                throw new IOException("the server closed a slow peer's connection");
            }

            await Task.Delay(_pause, interrupt);
        }
    }
}
