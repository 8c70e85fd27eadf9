using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>Something that a handler tries, and the test looks how it ended.</summary>
internal sealed class Attempt
{
    private readonly TaskCompletionSource _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Of the try itself; bounded, so that one that never came or never ended is a timeout.</summary>
    public Task Outcome => _outcome.Task.Bounded();

    /// <summary>Never throws, so that the handler ends in order.</summary>
    public async Task RunAsync(Func<Task> action)
    {
        try
        {
            await action();
            _outcome.SetResult();
        }
#pragma warning disable CA1031 // Whatever it is, it belongs to the test that looks.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _outcome.SetException(exception);
        }
    }
}
