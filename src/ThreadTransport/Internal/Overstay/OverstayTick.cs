using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Internal.Overstay;

/// <summary>
/// A thread that looks every few milliseconds for connection threads that stay away from their receive. It runs only while there
/// is activity; whoever starts some calls <see cref="EnsureAwake"/>, which is a read of one field nearly always.
/// </summary>
/// <remarks>
/// Time is counted in ticks that this thread got to run, not in milliseconds: on a machine with a long run queue it waits like
/// everybody else, and so does not mistake the queue for an overstay.
/// </remarks>
internal sealed class OverstayTick : IDisposable
{
    /// <summary>How many ticks a word stays the same before its owner is asked: 10 to 15 ms on a quiet machine.</summary>
    public const int OverstayTicks = 2;

    /// <summary>
    /// For so many threads that wait for each core, a thread may stay a tick longer: about two and a half rounds of messages, at 25
    /// microseconds for each.
    /// </summary>
    private const int RunnableThreadsPerTick = 80;

    /// <summary>More than half a second on a quiet machine, which is where patience ends.</summary>
    private const int MostPatience = 100;

    private const int QuietTicks = 20;

    /// <summary>
    /// How many threads may be looked up in <c>/proc</c> per tick. One look-up took 8 microseconds where it was measured, so
    /// this is a quarter of a millisecond in five.
    /// </summary>
    private const int ProbesPerTick = 32;

    private const string LoadAverages = "proc/loadavg";

    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(5);

    private readonly SystemFiles _system;
    private readonly StayTable _table;
    private readonly Func<bool> _alsoEachTick;
    private readonly Action<Exception> _onError;
    private readonly object _gate = new();
    private Thread? _thread;
    private volatile bool _asleep = true;
    private bool _disposed;
    private int _probes;
    private int? _patience;

    /// <param name="table">The words to look at.</param>
    /// <param name="alsoEachTick">Called once a tick, on its thread; tells whether it wants to be called again.</param>
    /// <param name="onError">Told of an exception that nobody else caught.</param>
    /// <param name="root">Where the system's files are.</param>
    public OverstayTick(StayTable table, Func<bool> alsoEachTick, Action<Exception> onError, string root = "/")
    {
        _system = new SystemFiles(root);
        _table = table;
        _alsoEachTick = alsoEachTick;
        _onError = onError;
    }

    /// <summary>Starts the thread. To be called once, where failing is allowed.</summary>
    public void Start()
    {
        var thread = new Thread(static tick => ((OverstayTick)tick!).Run(), 256 * 1024) { Name = "stay tick", IsBackground = true };
        thread.UnsafeStart(this);
        _thread = thread;
    }

    /// <summary>Any thread, after it made a change that may need watching; a full fence lies between the two.</summary>
    public void EnsureAwake()
    {
        if (_asleep)
        {
            Wake();
        }
    }

    /// <summary>Whether one more thread may be looked up in this tick. Only the tick's thread calls this.</summary>
    public bool TryTakeProbe() => _probes-- > 0;

    /// <summary>
    /// How many ticks a thread may stay in application code, <see cref="OverstayTicks"/> on a machine that has cores to spare. On one
    /// whose threads queue for them a thread also waits while whoever has the lock that it needs is in that queue, and that is not the
    /// application's doing. The queue is the whole machine's, which a container that has a few of its cores can't tell from its own; hence
    /// the limit. Only the tick's thread calls this.
    /// </summary>
    public int Patience => _patience ??= OverstayTicks + QueuedTicks();

    public void Dispose()
    {
        Thread? thread;
        lock (_gate)
        {
            _disposed = true;
            thread = _thread;
            Monitor.Pulse(_gate);
        }

        thread?.Join();
    }

    private int QueuedTicks()
    {
        if (!OperatingSystem.IsLinux())
        {
            return 0;
        }

        var queue = _system.RunnableTasks(LoadAverages) ?? 0;
        return (int)Math.Min(queue / (RunnableThreadsPerTick * Environment.ProcessorCount), MostPatience);
    }

    private void Wake()
    {
        lock (_gate)
        {
            if (!_asleep || _disposed)
            {
                return;
            }

            _asleep = false;
            Monitor.Pulse(_gate);
        }
    }

    private void Run()
    {
        var quiet = QuietTicks;
        while (true)
        {
            try
            {
                quiet = Tick() ? 0 : quiet + 1;
                if (quiet >= QuietTicks)
                {
                    quiet = 0;
                    SleepUntilWoken();
                }
            }
            catch (Exception exception)
            {
                _onError(exception);
            }

            lock (_gate)
            {
                if (_disposed || Monitor.Wait(_gate, _interval) && _disposed)
                {
                    return;
                }
            }
        }
    }

    private bool Tick()
    {
        _probes = ProbesPerTick;
        _patience = null;
        return _table.Scan() | _alsoEachTick();
    }

    private void SleepUntilWoken()
    {
        _asleep = true;

        // Pairs with the fence before EnsureAwake: either this look sees the change, or the other side sees the sleep.
        Interlocked.MemoryBarrier();
        if (Tick())
        {
            _asleep = false;
            return;
        }

        lock (_gate)
        {
            while (_asleep && !_disposed)
            {
                Monitor.Wait(_gate);
            }
        }
    }
}
