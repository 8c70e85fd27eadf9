using System.IO.Pipelines;

namespace ThreadTransport.Internal.Connections;

/// <summary>
/// What the application writes to. All rules are the pipe's; this has what is flushed sent: at once, or, on the connection's own thread, with
/// the next flush. No call waits.
/// </summary>
/// <param name="pipe">Where what is written goes.</param>
/// <param name="sender">What sends it.</param>
/// <param name="turns">Knows the own thread.</param>
/// <param name="defers">Whether sends may be put off.</param>
internal sealed class ConnectionWriter(PipeWriter pipe, Sender sender, TurnScheduler turns, bool defers) : PipeWriter
{
    public override bool CanGetUnflushedBytes => pipe.CanGetUnflushedBytes;

    public override long UnflushedBytes => pipe.UnflushedBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) => pipe.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => pipe.GetSpan(sizeHint);

    public override void Advance(int bytes) => pipe.Advance(bytes);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        var bytes = pipe.UnflushedBytes;
        var flush = pipe.FlushAsync(cancellationToken);
        Send(bytes, flush.IsCompleted);
        return flush;
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        var bytes = pipe.UnflushedBytes + source.Length;
        var flush = pipe.WriteAsync(source, cancellationToken);
        Send(bytes, flush.IsCompleted);
        return flush;
    }

    public override void CancelPendingFlush() => pipe.CancelPendingFlush();

    [Obsolete("As the base class says.")]
    public override void OnReaderCompleted(Action<Exception?, object?> callback, object? state) => pipe.OnReaderCompleted(callback, state);

    public override void Complete(Exception? exception = null)
    {
        if (exception is not null)
        {
            // The pipe has nothing more to read then.
            sender.SendDeferred();
        }

        pipe.Complete(exception);
        sender.Send();
    }

    /// <param name="bytes">How much was flushed.</param>
    /// <param name="isFlushed">Whether there is room for more; if not, the application waits for this to be sent.</param>
    private void Send(long bytes, bool isFlushed)
    {
        if (defers && isFlushed && turns.IsOwn)
        {
            // TLS flushes once more after each record: without anything new that must not send what is put off, nor be put off itself.
            if (bytes > 0)
            {
                sender.Defer(bytes);
            }
        }
        else
        {
            sender.Send();
        }
    }
}
