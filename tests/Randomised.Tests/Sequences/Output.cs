using System.IO.Pipelines;
using Randomised.Tests.Actors;
using Support;

namespace Randomised.Tests.Sequences;

/// <summary>
/// The writing side of the application, and what each of its flushes may bring. One actor at a time, but for the cancelling.
/// </summary>
internal sealed class Output(PipeWriter writer, History history)
{
    /// <summary>A block of Kestrel's pools.</summary>
    private const int MaxInPlace = 4096;

    // A pipe is not made to be written to and completed at once, and would lose blocks of its pool.
    private readonly Lock _writing = new();
    private readonly Cancellations _cancellations = new(history, "flush");
    private volatile bool _disposing;
    private long _unflushed;
    private bool _over;

    /// <summary>How many bytes the pipe has taken.</summary>
    public long Written { get; private set; }

    public bool IsCompleted { get; private set; }

    public async ValueTask WriteAsync(Actor actor, Step step)
    {
        if (step.Kind == StepKind.WriteBlocking)
        {
            await actor.LeavePoolAsync();
        }

        var began = history.Tick();
        try
        {
            ValueTask<FlushResult> write;
            lock (_writing)
            {
                write = writer.WriteAsync(Pattern.At(Written, step.Amount));
                Written += step.Amount;
                _unflushed = 0;
            }

            actor.Return();
            OnFlushed(step, step.Kind == StepKind.WriteBlocking ? Blocking.Wait(write.AsTask()) : await write, began);
        }
        catch (InvalidOperationException) when (IsCompleted || _disposing)
        {
        }
    }

    public void WriteWithoutFlush(Step step)
    {
        lock (_writing)
        {
            if (IsCompleted || _disposing)
            {
                return;
            }

            var count = Math.Min(step.Amount, MaxInPlace);
            Pattern.At(Written, count).Span.CopyTo(writer.GetSpan(count));
            writer.Advance(count);
            Written += count;
            _unflushed += count;
            var said = writer.UnflushedBytes;
            history.Require(
                writer.CanGetUnflushedBytes && (said == _unflushed || MayBeOver),
                $"{said} bytes are said to be unflushed, not {_unflushed}.");
        }
    }

    public void CancelFlush()
    {
        var cancellation = _cancellations.Begin();
        writer.CancelPendingFlush();
        cancellation.Returned();
    }

    public void Complete(Exception? error)
    {
        if (!IsCompleted)
        {
            IsCompleted = true;
            history.Begin(error is null ? CauseKind.OutputComplete : CauseKind.OutputCompleteWithError, error);
        }

        writer.Complete(error);
    }

    /// <summary>Completes the pipe, whatever its actors are waiting for; the task is the whole disposal.</summary>
    public Task Dispose(IAsyncDisposable connection)
    {
        lock (_writing)
        {
            _disposing = true;
            return connection.DisposeAsync().AsTask();
        }
    }

    /// <summary>Whether anything has begun that ends the output under its writer.</summary>
    private bool MayBeOver
        => _disposing || history.Has(CauseKind.Abort, CauseKind.AbortNull, CauseKind.PeerReset, CauseKind.PeerClose);

    private void OnFlushed(Step step, FlushResult result, int began)
    {
        history.Note("output", step, $"{(result.IsCanceled ? "cancelled " : "")}{(result.IsCompleted ? "over" : "")}");
        if (result.IsCanceled)
        {
            _cancellations.OnCancelled();
        }
        else if (!result.IsCompleted)
        {
            _cancellations.OnNotCancelled(began);
        }

        if (result.IsCompleted)
        {
            _over = true;
            history.Require(MayBeOver, $"{step} was told that the output is over, which nobody has ended.");
        }
        else
        {
            history.Require(!_over, $"{step} was told that the output is not over, after it was.");
        }
    }
}
