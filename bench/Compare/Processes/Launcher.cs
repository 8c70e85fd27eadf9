using System.Collections.Concurrent;
using System.Diagnostics;

namespace Compare.Processes;

/// <summary>
/// Starts all children from one thread of its own. A child asks to be killed when the thread that started it ends: a thread of
/// the pool may end at any time, this one ends with the comparison, however that ends.
/// </summary>
internal sealed class Launcher : IDisposable
{
    private readonly BlockingCollection<(Process Process, TaskCompletionSource Started)> _requests = [];

    public Launcher() => new Thread(Run) { IsBackground = true, Name = "launcher" }.UnsafeStart();

    public Task StartAsync(Process process)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _requests.Add((process, started));
        return started.Task;
    }

    /// <summary>Lets the thread end, and with it whatever child is still there.</summary>
    public void Dispose() => _requests.CompleteAdding();

    private void Run()
    {
        foreach (var (process, started) in _requests.GetConsumingEnumerable())
        {
            try
            {
                process.Start();
                started.SetResult();
            }
#pragma warning disable CA1031 // Whatever it is, it belongs to who asked for the start.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                started.SetException(exception);
            }
        }
    }
}
