using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Internal.Connections;

/// <summary>
/// What the application reads from. All rules are the pipe's; this only sees to it that whatever follows a read runs on the
/// connection's thread: on any other thread a read is pending until its continuation is registered, and the continuation is a
/// turn. One reader at a time, as with every pipe; cancelling and ending come from any thread.
/// </summary>
internal sealed class ConnectionReader : PipeReader, IValueTaskSource<ReadResult>
{
    /// <summary>Stands where the continuation will, once the read has finished before it.</summary>
    private static readonly Action<object?> _finishedFirst = static _ => { };

    private static readonly ContextCallback _runInContext = static self => ((ConnectionReader)self!).InvokeContinuation();

    private readonly PipeReader _pipe;
    private readonly TurnScheduler _turns;
    private readonly Receiver _receiver;
    private readonly Action _onPipeFinished;
    private ValueTask<ReadResult> _read;
    private Action<object?>? _continuation;
    private Action<object?>? _registered;
    private object? _state;
    private ExecutionContext? _context;
    private volatile bool _finished;
    private bool _outstanding;
    private short _version;

    public ConnectionReader(PipeReader pipe, TurnScheduler turns, Receiver receiver)
    {
        _pipe = pipe;
        _turns = turns;
        _receiver = receiver;
        _onPipeFinished = OnPipeFinished;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (_outstanding)
        {
            throw new InvalidOperationException("The last read is not over. One read at a time.");
        }

        var dedicated = _turns.IsDedicated;
        ValueTask<ReadResult> read;
        try
        {
            read = _pipe.ReadAsync(cancellationToken);
        }
        catch (Exception exception) when (!dedicated)
        {
            // The connection had ended before. That, too, is to be seen on the connection's thread.
            read = ValueTask.FromException<ReadResult>(exception);
        }

        return read.IsCompleted && dedicated ? read : Pend(read);
    }

    public override bool TryRead(out ReadResult result) => _pipe.TryRead(out result);

    public override void AdvanceTo(SequencePosition consumed) => _pipe.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => _pipe.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => _pipe.CancelPendingRead();

    public override void Complete(Exception? exception = null) => _pipe.Complete(exception);

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token)
    {
        Check(token);
        return !IsOver ? ValueTaskSourceStatus.Pending
            : _read.IsFaulted ? ValueTaskSourceStatus.Faulted
            : _read.IsCanceled ? ValueTaskSourceStatus.Canceled
            : ValueTaskSourceStatus.Succeeded;
    }

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token)
    {
        Check(token);
        if (!IsOver)
        {
            throw new InvalidOperationException("The read is still pending. Await it, or wait for it with AsTask().");
        }

        // Nothing of the last read is kept while the next one waits.
        var read = _read;
        _read = default;
        _continuation = _registered = null;
        _state = null;
        _context = null;
        _finished = false;
        _outstanding = false;
        _version++;
        return read.GetAwaiter().GetResult();
    }

    void IValueTaskSource<ReadResult>.OnCompleted(
        Action<object?> continuation,
        object? state,
        short token,
        ValueTaskSourceOnCompletedFlags flags)
    {
        Check(token);
        if (_registered is not null)
        {
            throw new InvalidOperationException("The read is awaited already.");
        }

        // The synchronization context is not asked for, as by Kestrel's pipes.
        _context = (flags & ValueTaskSourceOnCompletedFlags.FlowExecutionContext) != 0 ? ExecutionContext.Capture() : null;
        _state = state;
        _registered = continuation;
        if (Interlocked.CompareExchange(ref _continuation, continuation, null) is not null)
        {
            _turns.Post(new Turn(static self => ((ConnectionReader)self!).Continue(), this));
        }
    }

    private bool IsOver => _finished && (_registered is not null || _turns.IsDedicated);

    private ValueTask<ReadResult> Pend(ValueTask<ReadResult> read)
    {
        _read = read;
        _outstanding = true;
        if (read.IsCompleted)
        {
            _continuation = _finishedFirst;
            _finished = true;
            return new ValueTask<ReadResult>(this, _version);
        }

        // The pipe may finish the read while this is still being said, but OnPipeFinished only ever runs as a turn.
        var pending = new ValueTask<ReadResult>(this, _version);
        read.GetAwaiter().UnsafeOnCompleted(_onPipeFinished);
        _receiver.Demand();
        return pending;
    }

    /// <summary>A turn: on the connection's thread, or a borrowed one.</summary>
    private void OnPipeFinished()
    {
        _finished = true;
        if (Interlocked.CompareExchange(ref _continuation, _finishedFirst, null) is not null)
        {
            Continue();
        }
    }

    private void Continue()
    {
        if (_context is { } context)
        {
            ExecutionContext.Run(context, _runInContext, this);
        }
        else
        {
            InvokeContinuation();
        }
    }

    private void InvokeContinuation() => _registered!(_state);

    private void Check(short token)
    {
        if (token != _version)
        {
            throw new InvalidOperationException("The result of this read was taken already.");
        }
    }
}
