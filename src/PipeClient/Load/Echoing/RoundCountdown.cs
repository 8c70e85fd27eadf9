namespace PipeClient.Load.Echoing;

/// <summary>Counts the connections that have ended the running round, and how many of them well. Any thread.</summary>
internal sealed class RoundCountdown
{
    private TaskCompletionSource _ended = new();
    private int _remaining;
    private int _echoes;

    public int Echoes => Volatile.Read(ref _echoes);

    /// <summary>Must be awaited before the next round begins.</summary>
    public Task Ended => _ended.Task;

    public void Begin(int connections)
    {
        _echoes = 0;
        _remaining = connections;
        // The last connection must not carry the rest of the run on its own stack.
        _ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Ok()
    {
        Interlocked.Increment(ref _echoes);
        Failed();
    }

    public void Failed()
    {
        if (Interlocked.Decrement(ref _remaining) == 0)
        {
            _ended.SetResult();
        }
    }
}
