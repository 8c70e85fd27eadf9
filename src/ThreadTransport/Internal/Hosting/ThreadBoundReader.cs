using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace ThreadTransport.Internal.Hosting;

/// <summary>A reader whose reads, if they have to wait, end on the request's thread.</summary>
internal sealed class ThreadBoundReader(PipeReader inner, IConnectionThreadFeature thread) : PipeReader
{
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        ReturnAsync(inner.ReadAsync(cancellationToken));

    public override bool TryRead(out ReadResult result) => inner.TryRead(out result);

    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    protected override ValueTask<ReadResult> ReadAtLeastAsyncCore(int minimumSize, CancellationToken cancellationToken) =>
        ReturnAsync(inner.ReadAtLeastAsync(minimumSize, cancellationToken));

    private ValueTask<ReadResult> ReturnAsync(ValueTask<ReadResult> read) => read.IsCompleted ? read : AwaitAsync(read);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> AwaitAsync(ValueTask<ReadResult> read)
    {
        try
        {
            return await read;
        }
        finally
        {
            await thread.ReturnAsync();
        }
    }
}
