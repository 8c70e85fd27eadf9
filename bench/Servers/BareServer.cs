using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Servers;

/// <summary>
/// A thread for each connection that receives and sends with blocking calls, and nothing else: what a thread per connection can do in
/// C# where no transport, pipe or handler is in the way.
/// </summary>
internal static class BareServer
{
    private const int BufferSize = 4096;
    private const int Backlog = 512;

    public static async Task<int> RunAsync(ServerSettings settings, CancellationToken interrupt)
    {
        using var listening = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(IPAddress.Loopback, settings.Port));
        listening.Listen(Backlog);
        await Console.Out.WriteLineAsync($"Listening on {listening.LocalEndPoint}");
        var stackSize = BytesOf(settings.StackSize);
        try
        {
            while (true)
            {
                // Accepted asynchronously, so that a signal can end it; the accepted socket blocks.
                var socket = await listening.AcceptAsync(interrupt);
                new Thread(Serve, stackSize) { IsBackground = true }.UnsafeStart(socket);
            }
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
    }

    private static int BytesOf(string text) => text.EndsWith("KB", StringComparison.OrdinalIgnoreCase)
        ? int.Parse(text.AsSpan(0, text.Length - 2), CultureInfo.InvariantCulture) * 1024
        : int.Parse(text, CultureInfo.InvariantCulture);

    private static void Serve(object? state)
    {
        using var socket = (Socket)state!;
        socket.NoDelay = true;
        Span<byte> buffer = stackalloc byte[BufferSize];
        try
        {
            while (socket.Receive(buffer) is var received and > 0)
            {
                for (var sent = 0; sent < received;)
                {
                    sent += socket.Send(buffer[sent..received]);
                }
            }
        }
        catch (SocketException)
        {
            // The peer is gone.
        }
    }
}
