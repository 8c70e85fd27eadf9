using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Support;

/// <summary>Connection handlers that several suites serve.</summary>
public static class Applications
{
    /// <summary>Sends back what comes, until the client ends its stream or the connection ends.</summary>
    public static Task EchoAsync(ConnectionContext connection) => EchoAsync(connection, new Lock());

    /// <summary>The same, for a test that disposes of the connection meanwhile.</summary>
    /// <param name="connection">What is served.</param>
    /// <param name="writing">
    /// Held by each call that writes, and to be held by the one that disposes: a pipe is not made to be written to and completed at once, and
    /// would lose blocks of its pool.
    /// </param>
    public static async Task EchoAsync(ConnectionContext connection, Lock writing)
    {
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        while (true)
        {
            var result = await input.ReadAsync();
            foreach (var segment in result.Buffer)
            {
                ValueTask<FlushResult> write;
                lock (writing)
                {
                    write = output.WriteAsync(segment);
                }

                await write;
            }

            input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted || result.IsCanceled)
            {
                return;
            }
        }
    }
}
