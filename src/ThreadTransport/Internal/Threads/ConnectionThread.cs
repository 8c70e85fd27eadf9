using ThreadTransport.Internal.Native;

namespace ThreadTransport.Internal.Threads;

/// <summary>
/// One operating-system thread of the cache: serves a connection, is lent for turns, or is parked. Its own members are its own
/// thread's; <see cref="Wake"/>, <see cref="Assign"/> and the looks from outside are anybody's.
/// </summary>
internal sealed class ConnectionThread
{
    [ThreadStatic]
    private static ConnectionThread? _current;

    private readonly object _gate = new();
    private readonly ThreadCache _cache;
    private Thread? _thread;
    private ExecutionContext? _cleanContext;
    private IThreadWork? _work;
    private bool _woken;

    public ConnectionThread(ThreadCache cache, IThreadWork? work)
    {
        _cache = cache;
        _work = work;
    }

    /// <summary>The cached thread that is running this code, if it is one.</summary>
    public static ConnectionThread? Current => _current;

    /// <summary>Whose turns the thread is here for. Application code of a connection on its owner's thread may stay there.</summary>
    public object? Owner { get; private set; }

    /// <summary>The kernel's id of the thread; 0 where there is no way to learn it.</summary>
    public int KernelId { get; private set; }

    /// <summary>Whether the thread waits in a managed wait: a sleep, a lock, a task's result. Any thread; costs next to nothing.</summary>
    public bool IsInManagedWait => _thread is { } thread && (thread.ThreadState & ThreadState.WaitSleepJoin) != 0;

    /// <summary>The neighbour in the cache's list of parked threads. The cache's lock guards it.</summary>
    public ConnectionThread? Above { get; set; }

    /// <inheritdoc cref="Above"/>
    public ConnectionThread? Below { get; set; }

    /// <exception cref="InvalidOperationException">The operating system has no room for another thread.</exception>
    public void Start(int stackSize) => NativeThread.Start(Body, stackSize);

    /// <summary>Gives the thread its next work, to be taken when it is woken. The cache's lock guards it.</summary>
    public void Assign(IThreadWork work) => _work = work;

    /// <inheritdoc cref="Assign"/>
    public IThreadWork? TakeAssigned()
    {
        var work = _work;
        _work = null;
        return work;
    }

    /// <summary>Ends one wait of the thread, the present one or the next.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            _woken = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Waits for <see cref="Wake"/>. Only the thread itself calls this.</summary>
    /// <returns>False when the time was up first.</returns>
    public bool Wait(TimeSpan timeout)
    {
        lock (_gate)
        {
            while (!_woken)
            {
                if (!Monitor.Wait(_gate, timeout) && !_woken)
                {
                    return false;
                }
            }

            _woken = false;
            return true;
        }
    }

    /// <summary>Runs application code of <paramref name="owner"/>, and leaves the thread clean whatever that does.</summary>
    public void RunTurn(object owner, Turn turn)
    {
        var previous = Owner;
        Owner = owner;
        try
        {
            turn.Run();
        }
        catch (Exception exception)
        {
            _cache.OnTurnFailed(exception);
        }
        finally
        {
            Owner = previous;
            Clean();
        }
    }

    private void Clean()
    {
        // Culture lives in the execution context, so this restores it too.
        if (ExecutionContext.Capture() != _cleanContext)
        {
            ExecutionContext.Restore(_cleanContext!);
        }

        if (SynchronizationContext.Current is not null)
        {
            SynchronizationContext.SetSynchronizationContext(null);
        }
    }

    private void Body()
    {
        try
        {
            _current = this;
            _thread = Thread.CurrentThread;
            _cleanContext = ExecutionContext.Capture();
            KernelId = Libc.GetThreadId();
            while (_cache.Next(this) is { } work)
            {
                _thread.Name = work.Name;
                work.Run(this);
                _thread.Priority = ThreadPriority.Normal;
            }
        }
        catch (Exception exception)
        {
            _cache.OnThreadFailed(exception);
        }
    }
}
