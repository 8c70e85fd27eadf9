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
    private static readonly ContextCallback _runInContext = static self => ((ConnectionReader)self!).InvokeContinuation();

    private readonly PipeReader _pipe;
    private readonly TurnScheduler _turns;
    private readonly Receiver _receiver;
    private readonly Sender _sender;
    private readonly Action _continue;
    private readonly Action _post;
    private ValueTask<ReadResult> _read;
    private bool _wasCompleted;
    private bool _isOfSeveral;
    private volatile bool _isWaiting;
    private Action<object?>? _continuation;
    private object? _state;
    private ExecutionContext? _context;
    private short _version;

    public ConnectionReader(PipeReader pipe, TurnScheduler turns, Receiver receiver, Sender sender)
    {
        _pipe = pipe;
        _turns = turns;
        _receiver = receiver;
        _sender = sender;
        _continue = Continue;
        _post = Post;
    }

    /// <summary>Whether the application waits for bytes that have not come. Any thread.</summary>
    public bool IsWaiting => _isWaiting;

    /// <summary>What the application goes on with after the read that it waits for; null otherwise.</summary>
    public object? Continuation => _state;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
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

        return read.IsCompleted && dedicated ? read : Pend(read, isOfSeveral: false);
    }

    /// <summary>
    /// Several reads of the pipe, but one of the caller: what the base class would return could be finished by the time it is
    /// waited for, and go on where the caller stands or on the pool.
    /// </summary>
    protected override ValueTask<ReadResult> ReadAtLeastAsyncCore(int minimumSize, CancellationToken cancellationToken)
    {
        var read = ReadUntilAsync(minimumSize, cancellationToken);
        return read.IsCompleted && _turns.IsDedicated ? read : Pend(read, isOfSeveral: true);
    }

    public override bool TryRead(out ReadResult result) => _pipe.TryRead(out result);

    public override void AdvanceTo(SequencePosition consumed) => _pipe.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => _pipe.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => _pipe.CancelPendingRead();

    public override void Complete(Exception? exception = null) => _pipe.Complete(exception);

    [Obsolete("As the base class says.")]
    public override void OnWriterCompleted(Action<Exception?, object?> callback, object? state) => _pipe.OnWriterCompleted(callback, state);

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

        _isWaiting = false;

        // Nothing of the last read is kept while the next one waits.
        var read = _read;
        _read = default;
        _continuation = null;
        _state = null;
        _context = null;
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
        if (_continuation is not null)
        {
            throw new InvalidOperationException("The read is awaited already.");
        }

        // The synchronization context is not asked for, as by Kestrel's pipes.
        _context = (flags & ValueTaskSourceOnCompletedFlags.FlowExecutionContext) != 0 ? ExecutionContext.Capture() : null;
        _state = state;
        _continuation = continuation;
        if (_wasCompleted)
        {
            Post();
        }
        else if (_isOfSeveral)
        {
            // Whoever finishes it, even between the look above and this.
            _read.GetAwaiter().UnsafeOnCompleted(_post);
        }
        else
        {
            // Nothing below may be touched after this: the read may be over and the next one begun. The pipe has the turn
            // scheduler for its own, so even a read that is finished by now goes on as a turn.
            _read.GetAwaiter().UnsafeOnCompleted(_continue);
        }
    }

    /// <summary>
    /// Whether the result may be taken here. By a foreign thread only once a continuation is registered: then this is that
    /// continuation, or a waiter it has told.
    /// </summary>
    private bool IsOver => _read.IsCompleted && (_continuation is not null || _turns.IsDedicated);

    private async ValueTask<ReadResult> ReadUntilAsync(int minimumSize, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = _pipe.ReadAsync(cancellationToken);
            Demand(read.IsCompleted);
            var result = await read;
            if (result.Buffer.Length >= minimumSize || result.IsCompleted || result.IsCanceled)
            {
                return result;
            }

            _pipe.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    private ValueTask<ReadResult> Pend(ValueTask<ReadResult> read, bool isOfSeveral)
    {
        if (_continuation is not null)
        {
            throw new InvalidOperationException("The last read is still awaited. One read at a time.");
        }

        // A read that nobody has waited for is forgotten, as by the pipe.
        _version++;
        _read = read;
        _isOfSeveral = isOfSeveral;
        _wasCompleted = read.IsCompleted;
        if (!isOfSeveral)
        {
            Demand(_wasCompleted);
        }

        return new ValueTask<ReadResult>(this, _version);
    }

    /// <summary>The application waits, if there is nothing for it yet.</summary>
    private void Demand(bool isThere)
    {
        if (!isThere)
        {
            _isWaiting = true;

            // The peer may have to see it before it answers, and the application may wait for that right here.
            _sender.SendDeferred();
            _receiver.Demand();
        }
    }

    private void Post() => _turns.Post(new Turn(static self => ((ConnectionReader)self!).Continue(), this));

    /// <summary>A turn: on the connection's thread, or a borrowed one.</summary>
    private void Continue()
    {
        _isWaiting = false;
        if (_context is { } context)
        {
            ExecutionContext.Run(context, _runInContext, this);
        }
        else
        {
            InvokeContinuation();
        }
    }

    private void InvokeContinuation() => _continuation!(_state);

    private void Check(short token)
    {
        if (token != _version)
        {
            throw new InvalidOperationException("The result of this read was taken already.");
        }
    }
}
