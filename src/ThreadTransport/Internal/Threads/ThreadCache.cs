using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using ThreadTransport.Internal.Diagnostics;

namespace ThreadTransport.Internal.Threads;

/// <summary>
/// Parked threads kept for reuse, the last parked taken first. <see cref="Run"/> only enqueues and may be called by anybody;
/// threads are created by a spawner thread, because creating one can hold its caller for a quarter of a second, and by threads that
/// have just been created, because a spawner that is one among thousands who want a core would get its turn too seldom.
/// </summary>
internal sealed class ThreadCache : IDisposable
{
    /// <summary>What a thread that is created ahead is called in the log.</summary>
    private const string ThreadAheadName = "a thread created ahead";

    /// <summary>
    /// How many threads may be on their way at once. The runtime takes them in one after the other, and looks through all it has for each:
    /// where thousands waited for that, on one core, some of them and the collector did so for a minute (docs/performance.md).
    /// </summary>
    public static readonly int MostStarting = Math.Max(8, 2 * Environment.ProcessorCount);

    private readonly object _gate = new();
    private readonly Queue<IThreadWork> _waitingFirst = new();
    private readonly Queue<IThreadWork> _waiting = new();
    private readonly ParkedThreads _parked = new();
    private readonly BackOff _backOff = new();
    private readonly ThreadTransportOptions _options;
    private readonly ThreadTransportLog _log;
    private Thread? _spawner;
    private int _ahead;
    private int _alive;
    private int _starting;
    private long _created;
    private bool _disposed;

    public ThreadCache(ThreadTransportOptions options, ThreadTransportLog log)
    {
        _options = options;
        _log = log;
    }

    /// <summary>How many threads there are, parked ones included.</summary>
    public int Alive
    {
        get
        {
            lock (_gate)
            {
                return _alive;
            }
        }
    }

    /// <summary>Whether threads let others run before they sleep until they are wanted.</summary>
    public bool Yields => _options.YieldBeforeReceive;

    /// <summary>How many threads have been created.</summary>
    public long Created => Volatile.Read(ref _created);

    /// <summary>How many threads are parked.</summary>
    public int Parked
    {
        get
        {
            lock (_gate)
            {
                return _parked.Count;
            }
        }
    }

    /// <summary>
    /// How long those who can wait had better ask for no thread, because the system had none for the last who did. Zero as soon as one
    /// is parked.
    /// </summary>
    public TimeSpan Pause => _backOff.Remaining is var pause && pause > TimeSpan.Zero && Parked == 0 ? pause : TimeSpan.Zero;

    /// <summary>Starts the spawner. To be called once, where failing is allowed.</summary>
    /// <param name="ahead">How many threads it creates before there is work for them.</param>
    public void Start(int ahead = 0)
    {
        _ahead = ahead;
        var spawner = new Thread(static cache => ((ThreadCache)cache!).Spawn(), 256 * 1024)
        {
            Name = "thread spawner",
            IsBackground = true,
        };
        spawner.UnsafeStart(this);
        _spawner = spawner;
    }

    /// <summary>Has <paramref name="work"/> run on a thread of the cache. Never waits.</summary>
    /// <param name="work">What to run.</param>
    /// <param name="first">Whether it goes before all that waits for a thread already.</param>
    public void Run(IThreadWork work, bool first = false)
    {
        ConnectionThread? thread = null;
        lock (_gate)
        {
            if (!_disposed)
            {
                thread = _parked.Pop();
                if (thread is null)
                {
                    (first ? _waitingFirst : _waiting).Enqueue(work);
                    Monitor.Pulse(_gate);
                    return;
                }

                thread.Assign(work);
            }
        }

        if (thread is null)
        {
            work.Refuse(new ObjectDisposedException(nameof(ThreadCache)));
            return;
        }

        thread.Wake();
    }

    /// <summary>What <paramref name="thread"/> does next; waits for it. Only that thread calls this.</summary>
    /// <remarks>Optimised at once: parked threads wait in it, and would otherwise do so in deeper stacks.</remarks>
    /// <returns>Null when the thread shall end.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public IThreadWork? Next(ConnectionThread thread)
    {
        lock (_gate)
        {
            if (thread.TakeAssigned() is { } first)
            {
                return first;
            }

            if (TryDequeue(out var waiting))
            {
                return waiting;
            }

            if (_disposed || (!thread.IsPermanent && IsOneTooMany()))
            {
                _alive--;
                return null;
            }

            _parked.Push(thread);
        }

        var woken = thread.Wait(thread.IsPermanent ? Timeout.InfiniteTimeSpan : _options.CachedThreadIdleTimeout);
        IThreadWork? work;
        ConnectionThread? next = null;
        lock (_gate)
        {
            work = thread.TakeAssigned();
            if (work is null)
            {
                next = RemoveEnding(thread);
            }
        }

        if (work is null)
        {
            next?.Wake();
            return null;
        }

        if (!woken)
        {
            // The time was up just when the work came: the wake-up that goes with it is not to end a later wait.
            thread.Wait(Timeout.InfiniteTimeSpan);
        }

        return work;
    }

    /// <summary>A new thread is there, and creates another if that is wanted. Only that thread calls this.</summary>
    public void OnStarted(ConnectionThread thread)
    {
        IThreadWork? work;
        lock (_gate)
        {
            Arrive(thread);
            if (!TryDequeue(out work))
            {
                // The spawner may have some to create ahead. Otherwise this thread goes on in its place, and need not wake it.
                Monitor.Pulse(_gate);
                return;
            }

            _alive++;
            _starting++;
        }

        Create(work);
    }

    public void OnTurnFailed(Exception exception) => _log.TurnFailed(exception);

    public void OnThreadFailed(ConnectionThread thread, Exception exception)
    {
        ConnectionThread? next;
        IThreadWork? work;
        lock (_gate)
        {
            // What a thread that has failed at its start came for.
            work = thread.TakeAssigned();
            Arrive(thread);
            Monitor.Pulse(_gate);
            next = RemoveEnding(thread);
        }

        next?.Wake();
        _log.ThreadFailed(exception);
        Refuse(work, exception);
    }

    /// <summary>
    /// Has the parked threads end, and waits for the spawner, but not for them. Threads at work end when they come back.
    /// </summary>
    public void Dispose()
    {
        List<IThreadWork> refused;
        ConnectionThread? parked;
        lock (_gate)
        {
            _disposed = true;
            refused = [.. _waitingFirst, .. _waiting];
            _waitingFirst.Clear();
            _waiting.Clear();
            parked = _parked.Pop();
            Monitor.Pulse(_gate);
        }

        parked?.Wake();
        foreach (var work in refused)
        {
            work.Refuse(new ObjectDisposedException(nameof(ThreadCache)));
        }

        _spawner?.Join();
    }

    /// <summary>
    /// After the disposal each thread that ends has the next one end: ten thousand that wake at once would hold each other up, and a
    /// process that is about to end as well.
    /// </summary>
    /// <returns>Whom to wake, after the lock.</returns>
    private ConnectionThread? RemoveEnding(ConnectionThread thread)
    {
        _parked.Remove(thread);
        _alive--;
        return _disposed ? _parked.Pop() : null;
    }

    /// <summary>The thread is no longer on its way. Within the lock.</summary>
    private void Arrive(ConnectionThread thread)
    {
        if (!thread.HasArrived)
        {
            thread.HasArrived = true;
            _starting--;
        }
    }

    private bool IsOneTooMany() =>
        _parked.Count >= (_options.MaxCachedThreads ?? int.MaxValue) || _options.CachedThreadIdleTimeout == TimeSpan.Zero;

    private bool TryDequeue([NotNullWhen(true)] out IThreadWork? work) =>
        _waitingFirst.TryDequeue(out work) || _waiting.TryDequeue(out work);

    private void Spawn()
    {
        while (true)
        {
            IThreadWork? work = null;
            lock (_gate)
            {
                while (_starting >= MostStarting || !TryDequeue(out work))
                {
                    if (_disposed)
                    {
                        return;
                    }

                    if (_ahead > 0 && _starting < MostStarting)
                    {
                        _ahead--;
                        break;
                    }

                    Monitor.Wait(_gate);
                }

                _alive++;
                _starting++;
            }

            Create(work);
        }
    }

    /// <summary>What comes out of a refusal ends nobody: not who creates threads for others, and not the process.</summary>
    private void Refuse(IThreadWork? work, Exception reason)
    {
        try
        {
            work?.Refuse(reason);
        }
        catch (Exception exception)
        {
            _log.ThreadFailed(exception);
        }
    }

    private void Create(IThreadWork? work)
    {
        try
        {
            _options.StartThread(new ConnectionThread(this, work), _options.StackSize);
            Interlocked.Increment(ref _created);
            _backOff.OnSucceeded();
        }
        catch (Exception exception)
        {
            lock (_gate)
            {
                _alive--;
                _starting--;
                _ahead = 0;
                Monitor.Pulse(_gate);
            }

            // No pause here: who waits already is refused as quickly, rather than held for a thread that there is no room for.
            // Listeners make one, so that others stay in the backlog.
            _backOff.OnFailed();
            _log.ThreadRefused(work?.Name ?? ThreadAheadName, exception.Message);
            Refuse(work, exception);
        }
    }
}
