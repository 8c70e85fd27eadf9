namespace ThreadTransport.Internal.Threads;

/// <summary>
/// The parked threads, the last parked on top. The links are in the threads themselves, so that one whose time is up leaves from
/// the middle at no cost. Guarded by the cache's lock.
/// </summary>
internal sealed class ParkedThreads
{
    private ConnectionThread? _top;

    public int Count { get; private set; }

    public void Push(ConnectionThread thread)
    {
        thread.IsParked = true;
        thread.Below = _top;
        if (_top is not null)
        {
            _top.Above = thread;
        }

        _top = thread;
        Count++;
    }

    public ConnectionThread? Pop()
    {
        var thread = _top;
        if (thread is not null)
        {
            Remove(thread);
        }

        return thread;
    }

    /// <summary>Does nothing to a thread that is not parked.</summary>
    public void Remove(ConnectionThread thread)
    {
        if (!thread.IsParked)
        {
            return;
        }

        thread.IsParked = false;
        if (thread.Above is not null)
        {
            thread.Above.Below = thread.Below;
        }
        else
        {
            _top = thread.Below;
        }

        if (thread.Below is not null)
        {
            thread.Below.Above = thread.Above;
        }

        thread.Above = thread.Below = null;
        Count--;
    }
}
