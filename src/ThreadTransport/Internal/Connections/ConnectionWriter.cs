using System.IO.Pipelines;

namespace ThreadTransport.Internal.Connections;

/// <summary>
/// What the application writes to. All rules are the pipe's; this sends after each flush, on the thread that flushed. No call
/// waits.
/// </summary>
internal sealed class ConnectionWriter(PipeWriter pipe, Sender sender) : PipeWriter
{
    public override bool CanGetUnflushedBytes => pipe.CanGetUnflushedBytes;

    public override long UnflushedBytes => pipe.UnflushedBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) => pipe.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => pipe.GetSpan(sizeHint);

    public override void Advance(int bytes) => pipe.Advance(bytes);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        var flush = pipe.FlushAsync(cancellationToken);
        sender.Send();
        return flush;
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        var flush = pipe.WriteAsync(source, cancellationToken);
        sender.Send();
        return flush;
    }

    public override void CancelPendingFlush() => pipe.CancelPendingFlush();

    [Obsolete("As the base class says.")]
    public override void OnReaderCompleted(Action<Exception?, object?> callback, object? state) => pipe.OnReaderCompleted(callback, state);

    public override void Complete(Exception? exception = null)
    {
        pipe.Complete(exception);
        sender.Send();
    }
}
