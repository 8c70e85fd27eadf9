using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Support;

namespace Randomised.Tests.Http;

/// <summary>
/// What a client got for its script: the bytes, but for the time of day, the permissions to go on and the sizes of chunks, and how
/// the connection ended. Kestrel asks a client that expects it to go on only where the body is not there yet, which is a matter of
/// time, as chunks are.
/// </summary>
internal sealed partial record Answer(string Text, bool Reset)
{
    private const int BufferSize = 16 * 1024;

    /// <summary>Many times what the server waits for its clients.</summary>
    private static readonly TimeSpan _untilOpen = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether one was reset and one has seen more of the same: a reset takes with it what has not been sent, which is a matter
    /// of who was faster.
    /// </summary>
    public bool IsCutLike(Answer other)
        => (Reset || other.Reset)
            && (Text.StartsWith(other.Text, StringComparison.Ordinal) || other.Text.StartsWith(Text, StringComparison.Ordinal));

    public static async Task<Answer> GetAsync(EndPoint server, Script script)
    {
        using var client = await TestClient.ConnectAsync(server);
        using var received = new MemoryStream();
        var receiving = ReceiveAsync(client, received);
        var sendFailed = false;
        try
        {
            foreach (var piece in script.Pieces)
            {
                await client.SendAsync(piece);
                await Task.Yield();
            }

            switch (script.End)
            {
                case ClientEnd.HalfClose:
                    client.ShutdownSend();
                    break;
                case ClientEnd.Close:
                    client.Dispose();
                    break;
                case ClientEnd.Reset:
                    client.Reset();
                    break;
                default:
                    break;
            }
        }
        catch (SocketException)
        {
            // The server has heard enough; what it said is there to be read, but that it has reset was told here.
            sendFailed = true;
        }

        try
        {
            var reset = await receiving.WaitAsync(_untilOpen);
            return new Answer(Chunks.Join(Timely().Replace(Encoding.Latin1.GetString(received.ToArray()), "")), reset || sendFailed);
        }
        catch (TimeoutException)
        {
            return new Answer("(The server does not end the connection.)", Reset: false);
        }
    }

    private static async Task<bool> ReceiveAsync(TestClient client, MemoryStream received)
    {
        var buffer = new byte[BufferSize];
        try
        {
            while (await client.Socket.ReceiveAsync(buffer) is var n and > 0)
            {
                received.Write(buffer, 0, n);
            }

            return false;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return true;
        }
    }

    [GeneratedRegex("HTTP/1.1 100 Continue\r\n\r\n|Date: [^\r\n]*\r\n")]
    private static partial Regex Timely();
}
