using System.Text;

namespace Support;

/// <summary>What a client of an echo server does.</summary>
public static class EchoClientExtensions
{
    // Past any time a loaded machine keeps a connection waiting that does make progress.
    private static readonly TimeSpan _standstill = TimeSpan.FromSeconds(2);

    public static async Task AssertEchoesAsync(this TestClient client, string text)
    {
        await client.SendAsync(text);
        var echo = await client.ReceiveTextAsync(Encoding.UTF8.GetByteCount(text));
        if (echo != text)
        {
            throw new InvalidOperationException($"The server sent back \"{echo}\" for \"{text}\".");
        }
    }

    /// <summary>Sends and never reads, until every buffer on the way to the server and back is full.</summary>
    public static async Task SendUntilStuckAsync(this TestClient client)
    {
        var block = new byte[64 * 1024];
        try
        {
            while (true)
            {
                await client.Socket.SendAsync(block).WaitAsync(_standstill);
            }
        }
        catch (TimeoutException)
        {
            // The state wanted.
        }
    }
}
