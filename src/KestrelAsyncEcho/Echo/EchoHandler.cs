using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;

namespace KestrelAsyncEcho.Echo;

/// <summary>
/// Sends every client its own bytes back until it ends its stream. One instance serves all connections and keeps nothing of
/// them; on which thread it runs is up to the transport.
/// </summary>
internal sealed class EchoHandler(ILogger<EchoHandler> logger) : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        var lifetime = connection.Features.Get<IConnectionLifetimeNotificationFeature>();
        var stopRequested = lifetime?.ConnectionClosedRequested ?? default;
        using var wake = stopRequested.UnsafeRegister(static input => ((PipeReader)input!).CancelPendingRead(), input);
        try
        {
            await EchoAsync(input, connection.Transport.Output);
        }
        catch (ConnectionResetException)
        {
            EchoLog.Reset(logger, connection.ConnectionId);
        }
        catch (ConnectionAbortedException)
        {
            EchoLog.Aborted(logger, connection.ConnectionId);
        }
    }

    /// <summary>
    /// Returning ends the connection: the transport sends what was flushed and then its FIN. That is why a client that has only
    /// ended its own half still gets every byte.
    /// </summary>
    private static async ValueTask EchoAsync(PipeReader input, PipeWriter output)
    {
        var stopping = false;
        while (true)
        {
            ReadResult read;
            if (!stopping)
            {
                read = await input.ReadAsync();
            }
            else if (!input.TryRead(out read))
            {
                // All that had arrived before the stop is answered.
                return;
            }

            var gone = false;
            if (read.Buffer.IsEmpty)
            {
                input.AdvanceTo(read.Buffer.End);
            }
            else
            {
                foreach (var segment in read.Buffer)
                {
                    output.Write(segment.Span);
                }

                // Before the flush, which may wait for a slow reader: these blocks need not wait with it.
                input.AdvanceTo(read.Buffer.End);
                gone = (await output.FlushAsync()).IsCompleted;
            }

            if (read.IsCompleted || gone)
            {
                return;
            }

            stopping |= read.IsCanceled;
        }
    }
}
