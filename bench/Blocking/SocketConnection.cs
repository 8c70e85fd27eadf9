using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Blocking;

/// <summary>
/// One HTTP/1.1 connection, and no more of a client than it takes: server and client share the machine's cores, and what the one
/// uses the other lacks.
/// </summary>
internal sealed class SocketConnection(int port, bool isEncrypted) : IConnection
{
    private static readonly byte[] _request = Encoding.ASCII.GetBytes($"GET {SleepServer.Path} HTTP/1.1\r\nHost: localhost\r\n\r\n");

    private readonly byte[] _buffer = new byte[4096];
    private Stream? _stream;

    public async Task<string?> RequestAsync(CancellationToken cancellationToken)
    {
        try
        {
            _stream ??= await ConnectAsync(cancellationToken);
            await _stream.WriteAsync(_request, cancellationToken);
            var received = 0;
            while (true)
            {
                var n = await _stream.ReadAsync(_buffer.AsMemory(received), cancellationToken);
                received += n;
                if (IsComplete(_buffer.AsSpan(0, received)))
                {
                    return null;
                }

                if (n == 0)
                {
                    Close();
                    return $"answered \"{Encoding.ASCII.GetString(_buffer, 0, received)}\"";
                }
            }
        }
        catch (Exception)
        {
            // The answer may come yet, and would be taken for the next one's.
            Close();
            throw;
        }
    }

    public void Dispose() => Close();

    /// <summary>Whether it is the right answer, whole: with its length ahead, or in one chunk.</summary>
    private static bool IsComplete(ReadOnlySpan<byte> answer) =>
        answer.StartsWith("HTTP/1.1 200 OK\r\n"u8) && (answer.EndsWith("\r\n\r\nok"u8) || answer.EndsWith("\r\n\r\n2\r\nok\r\n0\r\n\r\n"u8));

    private async Task<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken);
            var stream = new NetworkStream(socket, ownsSocket: true);
            if (!isEncrypted)
            {
                return stream;
            }

#pragma warning disable CA5359 // The certificate was made for this run by the server that this program has started.
            var secure = new SslStream(stream, leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
            await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, cancellationToken);
            return secure;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void Close()
    {
        _stream?.Dispose();
        _stream = null;
    }
}
