using System.Text;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>HTTP by hand, for tests that end a connection where an HTTP client would not.</summary>
internal static class Requests
{
    public const string Get = "GET / HTTP/1.1\r\nHost: s\r\n\r\n";

    public static string Post(long contentLength, string body = "")
        => $"POST / HTTP/1.1\r\nHost: s\r\nContent-Length: {contentLength}\r\n\r\n{body}";

    /// <summary>Receives until what came ends with the text, which an answer has nowhere else.</summary>
    public static async Task<string> ReceiveUntilAsync(this TestClient client, string end)
    {
        var all = new StringBuilder();
        var buffer = new byte[4096];
        while (!all.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            var received = await client.Socket.ReceiveAsync(buffer).Bounded();
            if (received == 0)
            {
                throw new EndOfStreamException($"The server ended the stream after: {all}");
            }

            all.Append(Encoding.ASCII.GetString(buffer, 0, received));
        }

        return all.ToString();
    }

    /// <summary>Receives one answer without a body.</summary>
    public static Task<string> ReceiveEmptyAnswerAsync(this TestClient client) => client.ReceiveUntilAsync("\r\n\r\n");
}
