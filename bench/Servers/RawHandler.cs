using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Servers.Work;

namespace Servers;

/// <summary>
/// Does the work for each piece that comes, and sends the piece back. The clients have one small message under way, so a piece is a
/// message.
/// </summary>
internal static class RawHandler
{
    public static async Task RunAsync(ConnectionContext connection, IWork work)
    {
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        while (true)
        {
            var read = await input.ReadAsync();
            if (!read.Buffer.IsEmpty)
            {
                work.Run();
                foreach (var segment in read.Buffer)
                {
                    output.Write(segment.Span);
                }

                var flush = await output.FlushAsync();
                if (flush.IsCompleted)
                {
                    return;
                }
            }

            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || read.IsCanceled)
            {
                return;
            }
        }
    }
}
