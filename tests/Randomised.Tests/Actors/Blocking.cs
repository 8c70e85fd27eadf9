using Support;

namespace Randomised.Tests.Actors;

/// <summary>Waits as blocking applications do.</summary>
internal static class Blocking
{
    public static T Wait<T>(Task<T> task)
    {
        // Not Task.Wait: that would wrap what the task failed with.
        if (!task.IsCompleted && !((IAsyncResult)task).AsyncWaitHandle.WaitOne(TestTimeout.Default))
        {
            throw new TimeoutException("What was waited for, blocking, never came.");
        }

        return task.GetAwaiter().GetResult();
    }
}
