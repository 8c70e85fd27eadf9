using System.Threading.Tasks.Sources;

namespace PipeClient.Load.Echoing;

/// <summary>
/// Where one connection waits for its next step, and one caller at a time gives it. Reusable, so that a round allocates nothing.
/// The waiter runs on the giver's thread.
/// </summary>
internal sealed class StepSignal : IValueTaskSource<NextStep>
{
    private ManualResetValueTaskSourceCore<NextStep> _source;

    public ValueTask<NextStep> WaitAsync() => new(this, _source.Version);

    /// <summary>To be called by the waiter, before it lets anybody know that it can be given a step again.</summary>
    public void Rearm() => _source.Reset();

    public void Give(NextStep step) => _source.SetResult(step);

    NextStep IValueTaskSource<NextStep>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<NextStep>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<NextStep>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
