using System.Diagnostics;

namespace ThreadTransport.Internal.Threads;

/// <summary>
/// The threads that run turns of one request. A turn begins when those before it have come back, unless they are blocked, and so may
/// be waiting for this one. Borrowed threads alone are in here.
/// </summary>
/// <remarks>
/// A turn may complete the task that the one before is just about to await. If it did so between that one's look at the task and the
/// registering of its continuation, the runtime would have the rest of the request go on on the pool; and the registering may have to
/// be compiled first, which on a loaded machine takes many milliseconds.
/// </remarks>
internal sealed class RunningTurns
{
    /// <summary>Longer than anything takes to come back that does not compute for its own sake.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    /// <summary>From when on the kernel is asked as well, for waits that the runtime does not know of.</summary>
    private static readonly TimeSpan _kernelPatience = TimeSpan.FromMilliseconds(5);

    private readonly List<ConnectionThread> _threads = new(1);

    /// <summary>Runs <paramref name="turn"/> on <paramref name="thread"/>, which is the calling one, when it may begin.</summary>
    public void Run(ConnectionThread thread, object owner, Turn turn)
    {
        var wait = default(SpinWait);
        var since = Stopwatch.GetTimestamp();
        while (!TryEnter(thread, Stopwatch.GetElapsedTime(since)))
        {
            wait.SpinOnce();
        }

        try
        {
            thread.RunTurn(owner, turn);
        }
        finally
        {
            lock (_threads)
            {
                _threads.Remove(thread);
            }
        }
    }

    private bool TryEnter(ConnectionThread thread, TimeSpan waited)
    {
        lock (_threads)
        {
            foreach (var other in _threads)
            {
                if (waited < _patience && !IsBlocked(other, waited))
                {
                    return false;
                }
            }

            _threads.Add(thread);
            return true;
        }
    }

    private static bool IsBlocked(ConnectionThread thread, TimeSpan waited) =>
        thread.IsInManagedWait || (waited > _kernelPatience && ThreadProbe.IsWaiting(thread.KernelId) == true);
}
