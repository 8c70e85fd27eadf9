using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Support.StockWrapper;

/// <summary>
/// A connection's thread: parked until a turn is posted. A turn that has waited about 10 ms for it, because application code
/// sits on it, gets a fresh thread. A connection has at most one turn waiting, as it has at most one read.
/// </summary>
internal sealed class ParkedThread
{
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(10);
    private static readonly BlockingCollection<(long Posted, ParkedThread Thread, Action Turn)> _late = StartLender();

    [ThreadStatic]
    private static ParkedThread? _current;

    private readonly object _gate = new();
    private readonly string _name;
    private Action? _turn;
    private bool _busy;
    private bool _ended;

    public ParkedThread(string name)
    {
        _name = name;
        new Thread(Run) { IsBackground = true, Name = name }.UnsafeStart();
    }

    /// <summary>Whether the caller is this thread, or one that stands in for it.</summary>
    public bool IsCurrent => _current == this;

    /// <summary>Runs the turn soon, never on the caller's stack.</summary>
    public void Post(Action turn)
    {
        bool late;
        lock (_gate)
        {
            Debug.Assert(_turn is null, "Two reads at once.");
            _turn = turn;
            late = _busy || _ended;
            Monitor.Pulse(_gate);
        }

        if (late)
        {
            _late.Add((Stopwatch.GetTimestamp(), this, turn));
        }
    }

    public void End()
    {
        lock (_gate)
        {
            _ended = true;
            Monitor.Pulse(_gate);
        }
    }

    private void Run()
    {
        _current = this;
        var clean = ExecutionContext.Capture()!;
        while (RunNext(clean))
        {
        }
    }

    /// <summary>In a method of its own, so that a thread that is parked keeps nothing of its last turn on its stack.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool RunNext(ExecutionContext clean)
    {
        Action turn;
        lock (_gate)
        {
            _busy = false;
            while (_turn is null)
            {
                if (_ended)
                {
                    return false;
                }

                Monitor.Wait(_gate);
            }

            turn = _turn;
            _turn = null;
            _busy = true;
        }

        ExecutionContext.Run(clean, static turn => ((Action)turn!)(), turn);
        return true;
    }

    private bool TryTake(Action turn)
    {
        lock (_gate)
        {
            if (_turn != turn)
            {
                return false;
            }

            _turn = null;
            return true;
        }
    }

    private static BlockingCollection<(long Posted, ParkedThread Thread, Action Turn)> StartLender()
    {
        var late = new BlockingCollection<(long Posted, ParkedThread Thread, Action Turn)>();
        new Thread(() => Lend(late)) { IsBackground = true, Name = "wrapper lender" }.UnsafeStart();
        return late;
    }

    /// <summary>Posted in order and equally patient, so the first is always the first to become due.</summary>
    private static void Lend(BlockingCollection<(long Posted, ParkedThread Thread, Action Turn)> late)
    {
        foreach (var (posted, thread, turn) in late.GetConsumingEnumerable())
        {
            var rest = _patience - Stopwatch.GetElapsedTime(posted);
            if (rest > TimeSpan.Zero)
            {
                Thread.Sleep(rest);
            }

            if (thread.TryTake(turn))
            {
                new Thread(() =>
                {
                    _current = thread;
                    turn();
                })
                { IsBackground = true, Name = $"{thread._name} (borrowed)" }.UnsafeStart();
            }
        }
    }
}
