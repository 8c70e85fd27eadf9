namespace Support;

/// <summary>The bound of every wait in the tests: generous, for it only ends tests that would otherwise hang.</summary>
public static class TestTimeout
{
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan _pollInterval = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// Waits no longer than the bound. What follows is on the pool, whoever completed the task: a test that went on where a
    /// connection's thread left it would hold that thread.
    /// </summary>
    public static async Task Bounded(this Task task)
    {
        try
        {
            await task.WaitAsync(Default);
        }
        finally
        {
            await Task.Yield();
        }
    }

    /// <inheritdoc cref="Bounded(Task)"/>
    public static async Task<T> Bounded<T>(this Task<T> task)
    {
        try
        {
            return await task.WaitAsync(Default);
        }
        finally
        {
            await Task.Yield();
        }
    }

    /// <inheritdoc cref="Bounded(Task)"/>
    public static Task Bounded(this ValueTask task) => task.AsTask().Bounded();

    /// <inheritdoc cref="Bounded(Task)"/>
    public static Task<T> Bounded<T>(this ValueTask<T> task) => task.AsTask().Bounded();

    /// <summary>Completes when the token is cancelled, as an event rather than an exception.</summary>
    public static async Task CancelledAsync(this CancellationToken token)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = token.Register(cancelled.SetResult);
        await cancelled.Task.Bounded();
    }

    /// <summary>For conditions of the operating system that come with no event: looks until it holds or the time is up.</summary>
    public static Task EventuallyAsync(Func<bool> condition, string what) => UntilAsync(() => Task.FromResult(condition()), what);

    /// <summary>Tries until it has happened or the time is up; each try is bounded too.</summary>
    public static async Task UntilAsync(Func<Task<bool>> hasHappened, string what)
    {
        var deadline = DateTime.UtcNow + Default;
        while (!await hasHappened().Bounded())
        {
            if (DateTime.UtcNow > deadline)
            {
                throw new TimeoutException($"Not within {Default.TotalSeconds:0} s: {what}.");
            }

            await Task.Delay(_pollInterval);
        }
    }

    /// <summary>Runs on a thread that belongs to the test alone; what blocks there shows up as a timeout here.</summary>
    public static async Task OnOwnThreadAsync(Action action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                action();
                done.SetResult();
            }
#pragma warning disable CA1031 // Whatever it is, it belongs to the test that waits.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                done.SetException(exception);
            }
        })
        { IsBackground = true, Name = "test" }.UnsafeStart();
        await done.Task.Bounded();
    }
}
