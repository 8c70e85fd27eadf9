using System.IO.Pipelines;
using System.Threading.Tasks.Sources;

namespace Support.StockWrapper;

/// <summary>
/// A pipe reader that runs what follows a read on the connection's thread. There a read may be finished at once. For any other
/// caller it is pending until somebody waits for it, and is then posted, so that nobody goes on where he stands.
/// </summary>
internal sealed class PostingReader(PipeReader stock, ParkedThread thread) : PipeReader, IValueTaskSource<ReadResult>
{
    private readonly Lock _gate = new();
    private ValueTask<ReadResult> _read;
    private short _version;
    private bool _finished;
    private Action? _continuation;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ValueTask<ReadResult> read;
        try
        {
            read = stock.ReadAsync(cancellationToken);
        }
#pragma warning disable CA1031 // A stock read of an aborted connection throws at once; here that is an end like any other.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            read = ValueTask.FromException<ReadResult>(exception);
        }

        if (read.IsCompleted && thread.IsCurrent)
        {
            return read;
        }

        short version;
        lock (_gate)
        {
            _read = read;
            _finished = false;
            _continuation = null;
            version = ++_version;
        }

        var awaiter = read.GetAwaiter();
        if (awaiter.IsCompleted)
        {
            Finish(version);
        }
        else
        {
            // The stock input pipe completes its reads on the pool, so this never runs inside a cancel or an abort.
            awaiter.UnsafeOnCompleted(() => Finish(version));
        }

        return new ValueTask<ReadResult>(this, version);
    }

    public override bool TryRead(out ReadResult result) => stock.TryRead(out result);

    public override void AdvanceTo(SequencePosition consumed) => stock.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => stock.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => stock.CancelPendingRead();

    public override void Complete(Exception? exception = null) => stock.Complete(exception);

    public ValueTaskSourceStatus GetStatus(short token)
    {
        lock (_gate)
        {
            CheckVersion(token);
            if (!_finished || (_continuation is null && !thread.IsCurrent))
            {
                return ValueTaskSourceStatus.Pending;
            }

            return _read.IsCompletedSuccessfully ? ValueTaskSourceStatus.Succeeded
                : _read.IsCanceled ? ValueTaskSourceStatus.Canceled
                : ValueTaskSourceStatus.Faulted;
        }
    }

    public ReadResult GetResult(short token)
    {
        ValueTask<ReadResult> read;
        lock (_gate)
        {
            CheckVersion(token);
            if (!_finished)
            {
                throw new InvalidOperationException("The read is pending.");
            }

            read = _read;
            _version++;
        }

        return read.GetAwaiter().GetResult();
    }

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        var context = (flags & ValueTaskSourceOnCompletedFlags.FlowExecutionContext) != 0 ? ExecutionContext.Capture() : null;
        Action turn = context is null
            ? () => continuation(state)
            : () => ExecutionContext.Run(context, s => continuation(s), state);
        lock (_gate)
        {
            CheckVersion(token);
            if (_continuation is not null)
            {
                throw new InvalidOperationException("The read is awaited twice.");
            }

            _continuation = turn;
            if (!_finished)
            {
                return;
            }
        }

        thread.Post(turn);
    }

    /// <summary>A read that the application has given up for another one finishes too, and is nobody's then.</summary>
    private void Finish(short version)
    {
        Action? turn;
        lock (_gate)
        {
            if (version != _version)
            {
                return;
            }

            _finished = true;
            turn = _continuation;
        }

        if (turn is not null)
        {
            thread.Post(turn);
        }
    }

    private void CheckVersion(short token)
    {
        if (token != _version)
        {
            throw new InvalidOperationException("The read is over.");
        }
    }
}
