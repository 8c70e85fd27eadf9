using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ThreadTransport.Internal.Native;

namespace ThreadTransport.Internal.Threads;

/// <summary>
/// One operating-system thread of the cache: serves a connection, is lent for turns, or is parked. Its own members are its own
/// thread's; <see cref="Wake"/>, <see cref="Assign"/> and the looks from outside are anybody's.
/// </summary>
internal sealed class ConnectionThread
{
    /// <summary>Waiting for it never lasts, and so only asks whether an interrupt is pending.</summary>
    private static readonly ManualResetEvent _alwaysSet = new(initialState: true);

    [ThreadStatic]
    private static ConnectionThread? _current;

    private readonly WakeSignal _wake;
    private readonly ThreadCache _cache;
    private Thread? _thread;
    private ExecutionContext? _cleanContext;
    private IThreadWork? _work;
    private IThreadWork? _running;
    private bool _isWaiting;

    /// <param name="cache">Where the thread finds its next work.</param>
    /// <param name="work">Its first work; null if it is created ahead, for whatever comes, and kept.</param>
    public ConnectionThread(ThreadCache cache, IThreadWork? work)
    {
        _cache = cache;
        _wake = new WakeSignal(looksFirst: cache.Yields);
        _work = work;
        IsPermanent = work is null;
    }

    /// <summary>The cached thread that is running this code, if it is one.</summary>
    public static ConnectionThread? Current => _current;

    /// <summary>Whose turns the thread is here for. Application code of a connection on its owner's thread may stay there.</summary>
    public object? Owner { get; private set; }

    /// <summary>The kernel's id of the thread; 0 where there is no way to learn it.</summary>
    public int KernelId { get; private set; }

    /// <summary>Whether the thread waits in a managed wait: a sleep, a lock, a task's result. Any thread; costs next to nothing.</summary>
    public bool IsInManagedWait => _thread is { } thread && (thread.ThreadState & ThreadState.WaitSleepJoin) != 0;

    /// <summary>
    /// Whether the thread is in <see cref="Wait"/>, or has been woken there and has not got a core since. Any thread.
    /// </summary>
    public bool IsWaiting
    {
        get => Volatile.Read(ref _isWaiting);
        private set => Volatile.Write(ref _isWaiting, value);
    }

    /// <summary>Whether the thread stays, however long there is nothing for it to do.</summary>
    public bool IsPermanent { get; }

    /// <summary>Whether the thread is one that the runtime has taken in, or that has failed at that. The cache's lock guards it.</summary>
    public bool HasArrived { get; set; }

    /// <summary>The neighbour in the cache's list of parked threads. The cache's lock guards it.</summary>
    public ConnectionThread? Above { get; set; }

    /// <inheritdoc cref="Above"/>
    public ConnectionThread? Below { get; set; }

    /// <inheritdoc cref="Above"/>
    public bool IsParked { get; set; }

    /// <exception cref="InvalidOperationException">The operating system has no room for another thread.</exception>
    public unsafe void Start(int stackSize)
    {
        var handle = GCHandle.Alloc(this);
        try
        {
            NativeThread.Start(&Body, GCHandle.ToIntPtr(handle), stackSize);
        }
        catch
        {
            handle.Free();
            throw;
        }
    }

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
    public void Wake() => _wake.Set();

    /// <summary>Waits for <see cref="Wake"/>. Only the thread itself calls this.</summary>
    /// <returns>False when the time was up first.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Wait(TimeSpan timeout)
    {
        IsWaiting = true;
        var woken = _wake.Wait(timeout);

        // While it still counts as waiting: to the tick this looks like a wait of application code.
        DropInterrupt();
        IsWaiting = false;
        return woken;
    }

    /// <summary>
    /// Drops an interrupt that an application has left behind: it would come out of the next lock that somebody else holds, in code
    /// that must not be left half done. Costs up to half a microsecond, and looks like a wait to the tick, so not for every message.
    /// Only the thread itself calls this.
    /// </summary>
    public static void DropInterrupt()
    {
        try
        {
            _ = _alwaysSet.WaitOne(0);
        }
        catch (ThreadInterruptedException)
        {
            // Dropped.
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

    /// <summary>Takes back what application code may have changed about the thread itself.</summary>
    public void ResetSettings()
    {
        DropInterrupt();

        // Looked at first: setting a priority is four system calls.
        if (_thread!.Priority != ThreadPriority.Normal)
        {
            _thread.Priority = ThreadPriority.Normal;
        }

        if (!_thread.IsBackground)
        {
            _thread.IsBackground = true;
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

    /// <summary>
    /// Where the thread starts and ends. Calls the work directly, so that this is the one frame below that of the work: the garbage
    /// collector walks the stacks of all threads. Optimised at once, because a thread enters it once.
    /// </summary>
    [UnmanagedCallersOnly]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static nint Body(nint argument)
    {
        var handle = GCHandle.FromIntPtr(argument);
        var thread = (ConnectionThread)handle.Target!;
        handle.Free();
        var goesOn = true;
        while (goesOn)
        {
            try
            {
                thread.EnsureStarted();
                while (thread.RunNext())
                {
                }

                goesOn = false;
            }
            catch (Exception exception)
            {
                goesOn = thread.GoOnAfter(exception);
            }
        }

        return 0;
    }

    private void EnsureStarted()
    {
        if (_thread is null)
        {
            _current = this;
            _thread = Thread.CurrentThread;
            _cleanContext = ExecutionContext.Capture();
            KernelId = Libc.GetThreadId();
            _cache.OnStarted(this);
        }
    }

    /// <summary>
    /// Part of its caller where the compiler optimises, and there nothing of the last work is kept on the stack of a thread that is
    /// parked; a method of its own, with the same effect, where it does not.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool RunNext()
    {
        if (_cache.Next(this) is not { } work)
        {
            return false;
        }

        _running = work;
        _thread!.Name = work.Name;
        work.Run(this);
        _running = null;
        work.OnRan(failure: null);
        ResetSettings();
        return true;
    }

    /// <returns>Whether the thread is good for more.</returns>
    private bool GoOnAfter(Exception failure)
    {
        try
        {
            if (_running is { } work)
            {
                _running = null;
                work.OnRan(failure);
                ResetSettings();
                return true;
            }
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        _cache.OnThreadFailed(this, failure);
        return false;
    }
}
