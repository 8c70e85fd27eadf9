namespace Support;

/// <summary>Something that happens once, for a handler and its test to tell each other. Waiting is bounded.</summary>
public sealed class Signal
{
    private readonly TaskCompletionSource _happened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsSet => _happened.Task.IsCompleted;

    public void Set() => _happened.TrySetResult();

    public Task WaitAsync() => _happened.Task.Bounded();

    /// <summary>Holds the calling thread, as blocking application code does.</summary>
    public void Block()
    {
        if (!_happened.Task.Wait(TestTimeout.Default))
        {
            throw new TimeoutException("The signal never came.");
        }
    }
}
