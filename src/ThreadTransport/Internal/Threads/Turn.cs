namespace ThreadTransport.Internal.Threads;

/// <summary>A continuation of application code that waits for its thread.</summary>
internal readonly struct Turn(Action<object?> action, object? state)
{
    public void Run() => action(state);
}
