using System.Diagnostics;

namespace ThreadTransport.Internal.Threads;

/// <summary>
/// Threads lent for turns whose own thread is not free. Lending only enqueues. The set grows when its oldest turn has waited
/// for some time, not with the number of turns: ten thousand reads cancelled at once are not ten thousand threads.
/// </summary>
/// <param name="cache">Where the threads come from.</param>
/// <param name="ensureTick">Sees to it that <see cref="Tick"/> is called until it returns false.</param>
internal sealed class BorrowedThreads(ThreadCache cache, Action ensureTick)
{
    /// <summary>How long the oldest turn waits before the set grows: about two ticks, enough for a short turn to make room.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(10);

    private readonly object _gate = new();
    private readonly Queue<Loan> _loans = new();
    private int _workers;
    private int _idle;
    private long _taken;
    private long _takenAtLastTick;

    /// <summary>How many threads are lent at the moment.</summary>
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

    /// <summary>Has one turn of <paramref name="borrower"/> run on a borrowed thread. Any thread; never waits.</summary>
    public void Lend(IBorrower borrower)
    {
        bool first, waits;
        lock (_gate)
        {
            _loans.Enqueue(new Loan(borrower, Stopwatch.GetTimestamp()));
            Monitor.Pulse(_gate);
            first = _workers == 0;
            waits = _loans.Count > _idle;
            if (first)
            {
                _workers++;
            }
        }

        if (first)
        {
            cache.Run(new Worker(this));
        }

        if (waits)
        {
            ensureTick();
        }
    }

    /// <summary>Adds threads if the oldest turn has waited too long. Called on the tick's thread.</summary>
    /// <returns>Whether turns are waiting.</returns>
    public bool Tick()
    {
        int wanted;
        lock (_gate)
        {
            if (!_loans.TryPeek(out var oldest))
            {
                return false;
            }

            if (_idle > 0 || Stopwatch.GetElapsedTime(oldest.Since) < _patience)
            {
                return true;
            }

            // Turns that are being taken, only too slowly, are worth one more thread at a time. If none was taken since the last
            // look, every thread is stuck in one: double them.
            wanted = Math.Min(_loans.Count, _taken == _takenAtLastTick ? Math.Max(_workers, 1) : 1);
            _takenAtLastTick = _taken;
            _workers += wanted;
        }

        for (; wanted > 0; wanted--)
        {
            cache.Run(new Worker(this));
        }

        return true;
    }

    private bool TryTake(out Loan loan)
    {
        lock (_gate)
        {
            while (!_loans.TryDequeue(out loan))
            {
                _idle++;
                var pulsed = Monitor.Wait(_gate, Worker.IdleTimeout);
                _idle--;
                if (!pulsed && _loans.Count == 0)
                {
                    _workers--;
                    return false;
                }
            }

            _taken++;
            return true;
        }
    }

    private void OnRefused()
    {
        lock (_gate)
        {
            _workers--;
        }
    }

    private readonly record struct Loan(IBorrower Borrower, long Since);

    private sealed class Worker(BorrowedThreads lender) : IThreadWork
    {
        /// <summary>Long enough to bridge the gaps of a busy server, short enough not to keep threads for a burst.</summary>
        public static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(1);

        public string Name => "borrowed thread";

        public void Run(ConnectionThread thread)
        {
            while (lender.TryTake(out var loan))
            {
                loan.Borrower.RunOneTurn(thread);
            }
        }

        public void Refuse(Exception reason) => lender.OnRefused();
    }
}

/// <summary>A connection with more turns than its own thread can take.</summary>
internal interface IBorrower
{
    /// <summary>Runs the oldest turn, if it is still there, on a borrowed <paramref name="thread"/>.</summary>
    void RunOneTurn(ConnectionThread thread);
}
