using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

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

    /// <summary>Replies to a whole message without its last byte, and waits for the next one.</summary>
    public static Func<Socket, Task> EchoWithoutLastByte(int messageSize) => async socket =>
    {
        var message = await ReceiveAsync(socket, messageSize);
        await SendAllAsync(socket, message.AsMemory(0, messageSize - 1));
        await ReceiveToEndAsync(socket);
    };

    /// <summary>Takes two messages and sends back the second one first.</summary>
    public static Func<Socket, Task> EchoInWrongOrder(int messageSize) => async socket =>
    {
        var messages = await ReceiveAsync(socket, 2 * messageSize);
        await SendAllAsync(socket, messages.AsMemory(messageSize));
        await SendAllAsync(socket, messages.AsMemory(0, messageSize));
        await ReceiveToEndAsync(socket);
    };

    /// <summary>Takes a message of two connections each, and sends each what the other one has sent.</summary>
    public static Func<Socket, Task> EchoEachOther(int messageSize)
    {
        TaskCompletionSource<byte[]>[] messages = [new(), new()];
        var number = -1;
        return async socket =>
        {
            var self = Interlocked.Increment(ref number);
            messages[self].SetResult(await ReceiveAsync(socket, messageSize));
            await SendAllAsync(socket, await messages[1 - self].Task);
            await ReceiveToEndAsync(socket);
        };
    }

    /// <summary>Echoes so many bytes, and does not even read from then on.</summary>
    public static Func<Socket, Task> EchoAndStopReading(int bytes, Task untilThen) => async socket =>
    {
        await SendAllAsync(socket, await ReceiveAsync(socket, bytes));
        await untilThen;
    };

    /// <summary>Echoes only once a whole number of messages is there, which it has not yet given one reply to.</summary>
    public static Func<Socket, Task> EchoInBatches(int messageSize, int messages) => async socket =>
    {
        while (true)
        {
            await SendAllAsync(socket, await ReceiveAsync(socket, messageSize * messages));
        }
    };

    /// <summary>Echoes, but takes nothing before it may.</summary>
    public static Func<Socket, Task> EchoFrom(Task start) => async socket =>
    {
        await start;
        await EchoAsync(socket);
    };

    /// <summary>Echoes, and counts the bytes.</summary>
    public static Func<Socket, Task> EchoAndCount(Action<int> count) => async socket =>
    {
        var buffer = new byte[4096];
        for (int read; (read = await socket.ReceiveAsync(buffer)) > 0;)
        {
            count(read);
            await SendAllAsync(socket, buffer.AsMemory(0, read));
        }
    };

    /// <summary>Sends a byte that nobody has asked for, when it may.</summary>
    public static Func<Socket, Task> SpeakUnasked(Task start) => async socket =>
    {
        await start;
        await SendAllAsync(socket, "!"u8.ToArray());
        await ReceiveToEndAsync(socket);
    };

    /// <summary>Ends the connection when it may.</summary>
    public static Func<Socket, Task> CloseAt(Task end) => _ => end;

    /// <summary>Echoes inside TLS.</summary>
    public static Func<Socket, Task> EchoEncrypted(X509Certificate2 certificate) => async socket =>
    {
        await using var stream = new SslStream(new NetworkStream(socket));
        try
        {
            await stream.AuthenticateAsServerAsync(certificate);
            var buffer = new byte[4096];
            for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
            {
                await stream.WriteAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            // The client does not trust this server, or has left.
        }
    };

    /// <summary>Takes a message inside TLS, and ends the connection without a word.</summary>
    public static Func<Socket, Task> CloseEncrypted(X509Certificate2 certificate) => async socket =>
    {
        // Not disposed: that would say goodbye.
        var stream = new SslStream(new NetworkStream(socket));
        await stream.AuthenticateAsServerAsync(certificate);
        await stream.ReadExactlyAsync(new byte[1]);
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
