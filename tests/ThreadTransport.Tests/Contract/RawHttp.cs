using System.Net.Sockets;
using System.Text;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>Requests and responses of HTTP/1.1 as they go over the wire.</summary>
internal static class RawHttp
{
    public const string Get = "GET / HTTP/1.1\r\nHost: s\r\n\r\n";

    private const string EndOfHead = "\r\n\r\n";

    /// <summary>One response's head, and nothing behind it.</summary>
    public static async Task<string> ReceiveHeadAsync(this TestClient client)
    {
        var head = new StringBuilder();
        while (head.Length < EndOfHead.Length || head.ToString(head.Length - EndOfHead.Length, EndOfHead.Length) != EndOfHead)
        {
            head.Append(await client.ReceiveTextAsync(1));
        }

        return head.ToString();
    }

    /// <summary>Sends a request on a connection that is kept, and checks for a whole response of 200.</summary>
    public static async Task AssertAnswersAsync(this TestClient client)
    {
        await client.SendAsync(Get);
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await client.ReceiveHeadAsync(), StringComparison.Ordinal);
        while (await client.ReceiveHeadAsync() is var chunk && !chunk.EndsWith("0\r\n\r\n", StringComparison.Ordinal))
        {
        }
    }

    /// <summary>Everything up to the end of the connection, whichever it is.</summary>
    public static async Task<string> ReceiveTextToAnyEndAsync(this TestClient client)
        => Encoding.UTF8.GetString(await client.ReceiveToAnyEndAsync());

    /// <summary>A response's head; nothing if the connection ends before it is whole.</summary>
    public static async Task<string> ReceiveHeadOrEndAsync(this TestClient client)
    {
        try
        {
            return await client.ReceiveHeadAsync();
        }
        catch (Exception exception) when (exception is EndOfStreamException or SocketException)
        {
            return "";
        }
    }
}
