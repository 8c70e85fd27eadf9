using System.Net;
using System.Net.Sockets;

namespace Load;

/// <summary>Connects, echoes one message, and closes, waiting for the server to close its side.</summary>
internal sealed class ChurnWorker(IPEndPoint address, int size) : Worker
{
    private readonly byte[] _message = CreateMessage(size);
    private readonly byte[] _reply = new byte[size];
    private Socket? _socket;

    protected override async ValueTask<string?> ExchangeAsync()
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Volatile.Write(ref _socket, socket);
        await socket.ConnectAsync(address);
        await socket.SendAsync(_message);
        for (var received = 0; received < size;)
        {
            var n = await socket.ReceiveAsync(_reply.AsMemory(received));
            if (n == 0)
            {
                return "closed before the echo was whole";
            }

            received += n;
        }

        if (!_reply.AsSpan().SequenceEqual(_message))
        {
            return "a wrong echo";
        }

        socket.Shutdown(SocketShutdown.Send);
        return await socket.ReceiveAsync(_reply) == 0 ? null : "more than was sent";
    }

    protected override void Close() => Volatile.Read(ref _socket)?.Dispose();

    private static byte[] CreateMessage(int size)
    {
        var message = new byte[size];
        Random.Shared.NextBytes(message);
        return message;
    }
}
