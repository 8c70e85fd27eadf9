using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace ThreadTransport.Internal.Threads;

/// <summary>A connection with more turns than its own thread can take.</summary>
internal interface IBorrower
{
    /// <summary>Runs the oldest turn, if it is still there, on a borrowed <paramref name="thread"/>.</summary>
    void RunOneTurn(ConnectionThread thread);

    /// <summary>Runs the oldest turn where it is called.</summary>
    void RunOneTurnAnywhere();
}

/// <summary>
/// Threads lent for turns whose own thread is not free. Lending only enqueues. Where turns are short the set grows when its oldest
/// turn has waited for some time, not with the number of turns: ten thousand reads cancelled at once are not ten thousand threads.
/// Where turns are long, which is where handlers block, a turn that finds no idle thread gets a new one at once.
/// </summary>
/// <param name="cache">Where the threads come from.</param>
/// <param name="max">How many may be lent at once.</param>
/// <param name="ensureTick">Sees to it that <see cref="Tick"/> is called until it returns false.</param>
/// <param name="onTurnFailed">Told of an exception of a turn that ran on the pool.</param>
internal sealed class BorrowedThreads(ThreadCache cache, int max, Action ensureTick, Action<Exception> onTurnFailed)
{
    /// <summary>What all borrowed threads are called.</summary>
    public const string ThreadName = "borrowed thread";

    /// <summary>How long the oldest turn waits before the set grows: about two ticks, enough for a short turn to make room.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// A turn that takes longer is a long one: as long as a new thread takes to start on a loaded machine, or longer than turns that
    /// only compute take as a rule.
    /// </summary>
    private static readonly TimeSpan _longTurn = TimeSpan.FromMilliseconds(5);

    /// <summary>How far short and long turns may outweigh each other: what was usual is forgotten after as many turns.</summary>
    private const int MaxTendency = 64;

    /// <summary>Long enough to bridge the gaps of a busy server, short enough not to keep threads for a burst.</summary>
    private static readonly TimeSpan _idleTimeout = TimeSpan.FromSeconds(1);

    /// <summary>How long no thread is asked for after one was refused: not to spin, and to leave the room to connections.</summary>
    private static readonly TimeSpan _backOff = TimeSpan.FromMilliseconds(100);

    private readonly object _gate = new();
    private readonly Queue<Loan> _loans = new();

    // A worker is first asked for (starting), then at work or idle. All three are among the workers.
    private int _workers;
    private int _starting;
    private int _idle;
    private long _finished;
    private long _finishedAtLastTick;
    private long? _refusedAt;
    private bool _closed;

    // Above zero where most turns of late were long.
    private int _tendency;

    /// <summary>How many threads are lent at the moment, or asked for.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _workers;
            }
        }
    }

    /// <summary>How many turns wait for a thread.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _loans.Count;
            }
        }
    }

    /// <summary>How many threads wait for a turn.</summary>
    public int Idle
    {
        get
        {
            lock (_gate)
            {
                return _idle;
            }
        }
    }

    /// <summary>Has one turn of <paramref name="borrower"/> run on a borrowed thread. Any thread; never waits.</summary>
    public void Lend(IBorrower borrower)
    {
        if (!TryEnqueue(borrower, out var grows, out var waits))
        {
            LendToPool(borrower);
            return;
        }

        if (grows)
        {
            cache.Run(new Worker(this), first: true);
        }

        if (waits)
        {
            ensureTick();
        }
    }

    /// <summary>Has one turn of <paramref name="borrower"/> run on the pool, where there are no threads to lend.</summary>
    public void LendToPool(IBorrower borrower) => ThreadPool.UnsafeQueueUserWorkItem(RunOnPool, borrower, preferLocal: false);

    /// <summary>
    /// There will be no more threads, and no ticks: what waits, and whatever comes after, is the pool's. Threads that are stuck in
    /// turns may be so because of what waits.
    /// </summary>
    public void Close()
    {
        Loan[] orphaned;
        lock (_gate)
        {
            _closed = true;
            orphaned = [.. _loans];
            _loans.Clear();
        }

        foreach (var loan in orphaned)
        {
            LendToPool(loan.Borrower);
        }
    }

    /// <summary>Adds threads if the oldest turn has waited too long. Called on the tick's thread.</summary>
    /// <returns>Whether turns are waiting.</returns>
    public bool Tick()
    {
        int wanted;
        lock (_gate)
        {
            var finished = _finished - _finishedAtLastTick;
            _finishedAtLastTick = _finished;
            if (!_loans.TryPeek(out var oldest))
            {
                return false;
            }

            if (Stopwatch.GetElapsedTime(oldest.Since) < _patience || IsBackingOff())
            {
                return true;
            }

            // Turns that are being finished, only too slowly, are worth one more thread at a time. If not every thread has finished
            // one since the last tick, they are stuck: double them. Threads on their way are counted in.
            wanted = finished < _workers - _starting ? _workers : 1;
            wanted = Math.Min(Math.Min(wanted, _loans.Count - _idle - _starting), max - _workers);
            if (wanted <= 0)
            {
                return true;
            }

            _workers += wanted;
            _starting += wanted;
        }

        for (; wanted > 0; wanted--)
        {
            cache.Run(new Worker(this), first: true);
        }

        return true;
    }

    private void Work(ConnectionThread thread)
    {
        var arrived = false;
        long? began = null;
        try
        {
            while (TryTake(ref arrived, began) is { } borrower)
            {
                began = Stopwatch.GetTimestamp();
                borrower.RunOneTurn(thread);
                thread.ResetSettings();
            }
        }
        finally
        {
            lock (_gate)
            {
                _workers--;
                _starting -= arrived ? 0 : 1;
            }
        }
    }

    /// <param name="arrived">Whether the worker has been here before.</param>
    /// <param name="began">When its last turn began.</param>
    /// <returns>Null when there has been nothing to do for some time.</returns>
    private IBorrower? TryTake(ref bool arrived, long? began)
    {
        lock (_gate)
        {
            if (!arrived)
            {
                arrived = true;
                _starting--;
            }

            if (began is { } turn)
            {
                OnFinished(Stopwatch.GetElapsedTime(turn));
            }

            Loan loan;
            while (!_loans.TryDequeue(out loan))
            {
                if (!WaitForLoan() && _loans.Count == 0)
                {
                    return null;
                }
            }

            return loan.Borrower;
        }
    }

    private void OnFinished(TimeSpan turn)
    {
        _finished++;
        _tendency = Math.Clamp(_tendency + (turn > _longTurn ? 1 : -1), -MaxTendency, MaxTendency);
    }

    private bool WaitForLoan()
    {
        _idle++;
        try
        {
            return Monitor.Wait(_gate, _idleTimeout);
        }
        catch (ThreadInterruptedException)
        {
            // Left behind by an application that interrupted the thread in its turn.
            return true;
        }
        finally
        {
            _idle--;
        }
    }

    /// <summary>
    /// There is no thread for a worker. As long as the transport lives the tick asks again; after that the pool has to do.
    /// </summary>
    private void OnRefused(Exception reason)
    {
        lock (_gate)
        {
            _workers--;
            _starting--;
            _refusedAt = Stopwatch.GetTimestamp();
        }

        if (reason is ObjectDisposedException)
        {
            Close();
        }
    }

    /// <returns>False after <see cref="Close"/>.</returns>
    private bool TryEnqueue(IBorrower borrower, out bool grows, out bool waits)
    {
        grows = waits = false;
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            _loans.Enqueue(new Loan(borrower, Stopwatch.GetTimestamp()));
            Monitor.Pulse(_gate);
            waits = _loans.Count > _idle;
            grows = !IsBackingOff()
                && (_workers == 0 || (_tendency > 0 && _loans.Count > _idle + _starting && _workers < max));
            if (grows)
            {
                _workers++;
                _starting++;
            }

            return true;
        }
    }

    private bool IsBackingOff() => _refusedAt is { } refusedAt && Stopwatch.GetElapsedTime(refusedAt) < _backOff;

    private void RunOnPool(IBorrower borrower)
    {
        try
        {
            borrower.RunOneTurnAnywhere();
        }
        catch (Exception exception)
        {
            onTurnFailed(exception);
        }
    }

    private readonly record struct Loan(IBorrower Borrower, long Since);

    private sealed class Worker(BorrowedThreads lender) : IThreadWork
    {
        public string Name => ThreadName;

        public void Run(ConnectionThread thread) => lender.Work(thread);

        public void OnRan(Exception? failure)
        {
            if (failure is not null)
            {
                // Turns keep theirs: this one is the transport's, and ends the thread.
                ExceptionDispatchInfo.Throw(failure);
            }
        }

        public void Refuse(Exception reason) => lender.OnRefused(reason);
    }
}
