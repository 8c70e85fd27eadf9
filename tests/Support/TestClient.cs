using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Support;

/// <summary>The other side: a plain socket whose every wait is bounded.</summary>
public sealed class TestClient : IDisposable
{
    private TestClient(Socket socket) => Socket = socket;

    public Socket Socket { get; }

    /// <param name="endPoint">Where the server listens.</param>
    /// <param name="receiveBufferSize">A small one lets few bytes fill the way to a client that does not read.</param>
    public static async Task<TestClient> ConnectAsync(EndPoint endPoint, int? receiveBufferSize = null)
    {
        var socket = endPoint is UnixDomainSocketEndPoint
            ? new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (receiveBufferSize is { } size)
            {
                socket.ReceiveBufferSize = size;
            }

            await socket.ConnectAsync(endPoint).Bounded();
            return new TestClient(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> data)
    {
        while (data.Length > 0)
        {
            data = data[await Socket.SendAsync(data).Bounded()..];
        }
    }

    public async Task<byte[]> ReceiveExactlyAsync(int count)
    {
        var data = new byte[count];
        for (var received = 0; received < count;)
        {
            var n = await Socket.ReceiveAsync(data.AsMemory(received)).Bounded();
            if (n == 0)
            {
                throw new EndOfStreamException($"The server ended the stream after {received} of {count} bytes.");
            }

            received += n;
        }

        return data;
    }

    public async Task<string> ReceiveTextAsync(int count) => Encoding.UTF8.GetString(await ReceiveExactlyAsync(count));

    /// <summary>Everything up to the server's FIN; fails on a RST.</summary>
    public async Task<byte[]> ReceiveToEndAsync()
    {
        var (data, reset) = await ReceiveAllAsync();
        return reset ? throw new InvalidOperationException("The server ended the connection with RST, not FIN.") : data;
    }

    /// <summary>Everything up to the server's RST; fails on a FIN.</summary>
    public async Task<byte[]> ReceiveToResetAsync()
    {
        var (data, reset) = await ReceiveAllAsync();
        return reset ? data : throw new InvalidOperationException("The server ended the connection with FIN, not RST.");
    }

    /// <summary>Everything up to the end, one way or the other.</summary>
    public async Task<byte[]> ReceiveToAnyEndAsync() => (await ReceiveAllAsync()).Data;

    public void ShutdownSend() => Socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes with RST.</summary>
    public void Reset()
    {
        Socket.LingerState = new LingerOption(true, 0);
        Socket.Close(0);
    }

    public void Dispose() => Socket.Dispose();

    private async Task<(byte[] Data, bool Reset)> ReceiveAllAsync()
    {
        using var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        try
        {
            while (await Socket.ReceiveAsync(buffer).Bounded() is var n and > 0)
            {
                all.Write(buffer, 0, n);
            }

            return (all.ToArray(), false);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            return (all.ToArray(), true);
        }
    }
}
