using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Microbenchmarks.Peers;

/// <summary>What the servers do with a connection.</summary>
internal static class Applications
{
    /// <summary>Sends everything back.</summary>
    public static async Task EchoAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        var output = connection.Transport.Output;
        while (true)
        {
            var read = await input.ReadAsync();
            foreach (var segment in read.Buffer)
            {
                output.Write(segment.Span);
            }

            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || (await output.FlushAsync()).IsCompleted)
            {
                return;
            }
        }
    }

    /// <summary>The same, on a connection that was split because its handler blocked at first.</summary>
    public static async Task EchoAfterBlockingAsync(ConnectionContext connection)
    {
        var first = await connection.Transport.Input.ReadAsync();
        connection.Transport.Input.AdvanceTo(first.Buffer.Start);
        Thread.Sleep(200);
        await EchoAsync(connection);
    }
}
