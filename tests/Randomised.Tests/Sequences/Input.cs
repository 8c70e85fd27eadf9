using System.IO.Pipelines;
using Randomised.Tests.Actors;
using Support;

namespace Randomised.Tests.Sequences;

/// <summary>
/// The reading side of the application, and what each of its reads may bring. One actor at a time, but for the cancelling.
/// </summary>
internal sealed class Input(PipeReader reader, Peer peer, History history, Form form) : IDisposable
{
    private readonly CancellationTokenSource _cancel = new();
    private readonly Cancellations _cancellations = new(history, "read");
    private long _consumed;
    private long _left;
    private bool _sawAll;
    private bool _completed;
    private volatile bool _tokenCancelled;
    private volatile bool _disposing;

    /// <summary>What all reads ended with; null while there was no end.</summary>
    public Exception? Error { get; private set; }

    /// <summary>Whether a read has said that the peer ended its stream.</summary>
    public bool SawEnd { get; private set; }

    /// <summary>How many bytes the application has got to see.</summary>
    public long Seen => _consumed + _left;

    public bool IsCompleted => _completed;

    public async ValueTask ReadAsync(Actor actor, Step step)
    {
        if (step.Kind == StepKind.ReadBlocking)
        {
            await actor.LeavePoolAsync();
        }

        var began = history.Tick();
        ReadResult result;
        try
        {
            var read = step.Kind switch
            {
                StepKind.ReadWithToken => reader.ReadAsync(_cancel.Token),
                StepKind.ReadAtLeast => reader.ReadAtLeastAsync(step.Amount),
                _ => reader.ReadAsync(),
            };
            actor.Return();

            // A thread of the connection may have its read at once, and take it with it wherever it goes.
            var isThere = read.IsCompleted;
            if (step.Kind == StepKind.ReadBlocking)
            {
                result = Blocking.Wait(read.AsTask());
            }
            else
            {
                if (step.Kind == StepKind.ReadLater)
                {
                    await Task.Yield();
                }

                result = await read;
                if (!isThere && (step.Kind != StepKind.ReadAtLeast || form.ReadsAtLeastAreReads))
                {
                    form.CheckThread(history, "a read");
                }
            }
        }
        catch (Exception exception) when (exception is not TimeoutException)
        {
            OnFailed(exception);
            return;
        }

        OnRead(step, result, began);
    }

    public void TryRead(Step step)
    {
        var began = history.Tick();
        try
        {
            if (reader.TryRead(out var result))
            {
                OnRead(step, result, began);
            }
        }
        catch (Exception exception)
        {
            OnFailed(exception);
        }
    }

    /// <summary>Reads until there is no more to come.</summary>
    public async ValueTask ReadToEndAsync(Actor actor)
    {
        while (!_completed && !SawEnd && Error is null && !_disposing && history.Failure is null)
        {
            await ReadAsync(actor, new Step(StepKind.Read, 0));
        }

        if (!_completed && !_disposing)
        {
            // The end is the same however often one asks.
            await ReadAsync(actor, new Step(StepKind.Read, 0));
        }
    }

    public void CancelRead()
    {
        var cancellation = _cancellations.Begin();
        reader.CancelPendingRead();
        cancellation.Returned();
    }

    public void CancelToken()
    {
        _tokenCancelled = true;
        _cancel.Cancel();
    }

    public void Complete()
    {
        _completed = true;
        history.Begin(CauseKind.InputComplete);
        reader.Complete();
    }

    /// <summary>From here on the pipes may be completed under any call, and then their bytes are anybody's.</summary>
    public void OnDisposing() => _disposing = true;

    public void Dispose() => _cancel.Dispose();

    private void OnRead(Step step, ReadResult result, int began)
    {
        var length = result.Buffer.Length;
        string? wrong = null;
        try
        {
            Pattern.Check(result.Buffer, _consumed);
        }
        catch (Exception exception) when (_disposing || exception is InvalidDataException)
        {
            wrong = exception.Message;
        }

        if (_disposing)
        {
            Advance(step, result);
            return;
        }

        history.Note("input", step, $"{(result.IsCanceled ? "cancelled " : "")}{(result.IsCompleted ? "completed " : "")}bytes:", length);
        history.Require(wrong is null, $"{step} read bytes that were not sent so: {wrong}");
        history.Require(_consumed + length <= peer.Sent, $"{step} read {_consumed + length} bytes of {peer.Sent}.");
        history.Require(length >= _left, $"{step} lost {_left - length} bytes that were there before.");
        history.Require(Error is null, $"{step} brought a result after {Error?.Message}");
        if (result.IsCanceled)
        {
            _cancellations.OnCancelled();
        }
        else
        {
            _cancellations.OnNotCancelled(began);
            history.Require(
                result.IsCompleted || length > (_sawAll ? _left : 0),
                $"{step} brought nothing new, no end and no cancellation.");
        }

        if (result.IsCompleted)
        {
            SawEnd = true;
            var mayBeReset = form.MayTakeResetForFin && history.Has(CauseKind.PeerReset, CauseKind.PeerClose);
            history.Require(
                mayBeReset || history.Has(CauseKind.PeerFin, CauseKind.PeerClose),
                $"{step} saw an end of the stream that the peer did not make.");
            history.Require(
                mayBeReset || !history.Has(CauseKind.PeerFin) || _consumed + length == peer.Sent,
                $"{step} saw the end of the stream after {_consumed + length} of {peer.Sent} bytes.");
        }
        else
        {
            history.Require(!SawEnd, $"{step} took back the end of the stream.");
        }

        Advance(step, result);
    }

    private void Advance(Step step, ReadResult result)
    {
        var length = result.Buffer.Length;
        try
        {
            var (consumed, sawAll) = Consumption.Advance(reader, result.Buffer, step.Kind == StepKind.ReadAtLeast ? 0 : step.Amount);
            _consumed += consumed;
            _left = length - consumed;
            _sawAll = sawAll;
        }
        catch (Exception) when (_disposing)
        {
            // Its buffers have been taken away meanwhile.
        }
    }

    private void OnFailed(Exception exception)
    {
        history.Note("input", default, $"{exception.GetType().Name} {exception.Message}");
        switch (exception)
        {
            case InvalidOperationException when _completed || _disposing:
                return;
            case OperationCanceledException canceled when _tokenCancelled && canceled.CancellationToken == _cancel.Token:
                _cancellations.OnTokenCancelled();
                return;
        }

        history.Require(!SawEnd, $"A read failed after the end of the stream: {exception.Message}");
        history.Require(Error is null || ReferenceEquals(Error, exception), $"A read failed with {exception.Message} after {Error?.Message}");
        Error = exception;
    }
}
