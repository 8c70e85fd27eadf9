using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Load;

/// <summary>
/// One HTTP/1.1 connection that is kept alive, and no more of a client than it takes: server and client may share the machine's cores,
/// and what the one uses the other lacks.
/// </summary>
internal sealed class HttpWorker(IPEndPoint address, string path, string expect, bool isEncrypted) : Worker
{
    private readonly byte[] _request = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    private readonly byte[] _expect = Encoding.ASCII.GetBytes(expect);
    private readonly byte[] _buffer = new byte[4096];
    private Socket? _socket;
    private Stream? _stream;

    public override async ValueTask OpenAsync()
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Volatile.Write(ref _socket, socket);
        await socket.ConnectAsync(address);
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        if (isEncrypted)
        {
#pragma warning disable CA5359 // The certificate was made for this run by the server under test.
            var secure = new SslStream(stream, leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
            await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" });
            stream = secure;
        }

        Volatile.Write(ref _stream, stream);
    }

    protected override async ValueTask<string?> ExchangeAsync()
    {
        if (Volatile.Read(ref _stream) is null)
        {
            await OpenAsync();
        }

        var stream = _stream ?? throw new ObjectDisposedException(nameof(HttpWorker));
        await stream.WriteAsync(_request);
        for (var received = 0; ;)
        {
            var n = await stream.ReadAsync(_buffer.AsMemory(received));
            received += n;
            var answer = HttpAnswer.Judge(_buffer.AsSpan(0, received), _expect);
            if (answer == HttpAnswer.Right)
            {
                return null;
            }

            if (answer == HttpAnswer.Wrong || n == 0 || received == _buffer.Length)
            {
                return $"answered \"{Encoding.ASCII.GetString(_buffer, 0, received).Split('\r')[0]}\"";
            }
        }
    }

    protected override void Close()
    {
        // The socket first and alone: to close a TLS stream would wait for what it is doing.
        Volatile.Read(ref _socket)?.Dispose();
        Volatile.Write(ref _stream, null);
    }
}
