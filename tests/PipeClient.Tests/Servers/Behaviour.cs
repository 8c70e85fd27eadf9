using System.Net.Sockets;

namespace PipeClient.Tests.Servers;

/// <summary>What a test's server does with a connection.</summary>
internal static class Behaviour
{
    /// <summary>In one method and on memory, so that it allocates nothing for a message: there is a test that counts.</summary>
    public static async Task EchoAsync(Socket socket)
    {
        Memory<byte> buffer = new byte[4096];
        for (int read; (read = await socket.ReceiveAsync(buffer)) > 0;)
        {
            for (var sent = 0; sent < read;)
            {
                sent += await socket.SendAsync(buffer[sent..read]);
            }
        }
    }

    public static async Task EchoByteAtATimeAsync(Socket socket)
    {
        var buffer = new byte[4096];
        for (int read; (read = await socket.ReceiveAsync(buffer)) > 0;)
        {
            for (var i = 0; i < read; i++)
            {
                await SendAllAsync(socket, buffer.AsMemory(i, 1));
            }
        }
    }

    /// <summary>Flips the byte at an offset of the connection's stream.</summary>
    public static Func<Socket, Task> EchoWithWrongByteAt(long offset) => async socket =>
    {
        var buffer = new byte[4096];
        var position = 0L;
        for (int read; (read = await socket.ReceiveAsync(buffer)) > 0; position += read)
        {
            if (offset >= position && offset < position + read)
            {
                buffer[offset - position] ^= 0xFF;
            }

            await SendAllAsync(socket, buffer.AsMemory(0, read));
        }
    };

    /// <summary>Takes a whole message, replies with its first bytes, ends its side.</summary>
    public static Func<Socket, Task> ReplyAndClose(int messageSize, int replySize) => async socket =>
    {
        var message = await ReceiveAsync(socket, messageSize);
        await SendAllAsync(socket, message.AsMemory(0, replySize));
    };

    /// <summary>Replies to a whole message with one byte more than it has.</summary>
    public static Func<Socket, Task> ReplyWithExtraByte(int messageSize) => async socket =>
    {
        var message = await ReceiveAsync(socket, messageSize);
        await SendAllAsync(socket, (byte[])[.. message, (byte)'!']);
        await ReceiveToEndAsync(socket);
    };

    /// <summary>Sends one byte more than it got once the client has ended its side, long after the reply was complete.</summary>
    public static async Task EchoAndAddByteAtTheEndAsync(Socket socket)
    {
        await EchoAsync(socket);
        await SendAllAsync(socket, "!"u8.ToArray());
    }

    public static Task NeverReplyAsync(Socket socket) => ReceiveToEndAsync(socket);

    public static Func<Socket, Task> NeverRead(Task untilThen) => _ => untilThen;

    public static Func<Socket, Task> ResetAfter(int bytes) => async socket =>
    {
        await ReceiveAsync(socket, bytes);
        socket.LingerState = new LingerOption(true, 0);
    };

    /// <summary>Echoes, and does not end its side when the client does.</summary>
    public static Func<Socket, Task> EchoAndStayOpen(Task untilThen) => async socket =>
    {
        await EchoAsync(socket);
        await untilThen;
    };

    private static async Task<byte[]> ReceiveAsync(Socket socket, int size)
    {
        var message = new byte[size];
        for (var position = 0; position < size;)
        {
            var read = await socket.ReceiveAsync(message.AsMemory(position));
            if (read == 0)
            {
                throw new SocketException((int)SocketError.Shutdown);
            }

            position += read;
        }

        return message;
    }

    private static async Task ReceiveToEndAsync(Socket socket)
    {
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer) > 0)
        {
        }
    }

    private static async ValueTask SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes)..];
        }
    }
}
