using System.IO.Pipelines;
using ThreadTransport.Internal.Overstay;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Internal.Connections;

/// <summary>Whose turns are scheduled. Turns are run in its name.</summary>
internal interface ITurnOwner
{
    /// <summary>Asks for the connection's own thread. Called once at most; never waits.</summary>
    void HireThread();

    /// <summary>
    /// A turn has come for the own thread while that is in another. Its stay begins anew for the tick, however often that happens, and so
    /// the tick can't be relied on. Called on any thread, and inside any lock.
    /// </summary>
    void OnSummonedInTurn();
}

/// <summary>
/// Finds a thread for every turn of one connection: its own if that is parked or about to look for work, otherwise a borrowed one.
/// The connection's pipes have it as their scheduler, so that application code never runs inside a pipe call. Any thread.
/// </summary>
internal sealed class TurnScheduler(StaySlot slot, OverstayTick tick, BorrowedThreads borrowed, ITurnOwner owner)
    : PipeScheduler, IBorrower, IThreadSwitch
{
    private const int MaxTendency = 64;

    private readonly Queue<Turn> _queue = new(0);
    private volatile int _count;
    private volatile bool _stuck;
    private volatile bool _released;
    private volatile bool _refused;

    // Above 0, the own thread has been stuck lately and so is not waited for. An application that reads synchronously would
    // otherwise pay for every request what it takes to notice that.
    private volatile int _tendency;
    private ConnectionThread? _own;
    private int _hired;
    private Turn _recorded;
    private bool _hasRecorded;
    private bool _recording;

    /// <summary>Whether this code runs on the connection's own thread, or on one borrowed for it.</summary>
    public bool IsDedicated => ConnectionThread.Current is { } current && current.Owner == owner;

    bool IThreadSwitch.IsCurrent => IsDedicated;

    /// <summary>Whether this code runs on the connection's own thread.</summary>
    public bool IsOwn => ConnectionThread.Current is { } current && current == _own && !_released;

    /// <summary>Whether turns are waiting.</summary>
    public bool HasTurns => _count != 0;

    /// <summary>The pipes call this wherever a read or a flush ends: inside their caller, which may hold any lock.</summary>
    public override void Schedule(Action<object?> action, object? state)
    {
        if (_recording && !_hasRecorded && IsOwn)
        {
            _recorded = new Turn(action, state);
            _hasRecorded = true;
            return;
        }

        Post(new Turn(action, state));
    }

    public void Post(Turn turn)
    {
        lock (_queue)
        {
            _queue.Enqueue(turn);
            _count = _queue.Count;
        }

        // Pairs with the fence in OnReleased: either the release is seen here, or the turn there.
        Interlocked.MemoryBarrier();
        if (!Summon())
        {
            Lend();
        }
    }

    /// <summary>Makes the connection's own thread look for work.</summary>
    /// <returns>False if it sits in a receive, is stuck in application code, or has gone for good.</returns>
    public bool Summon()
    {
        while (true)
        {
            var word = slot.Word;
            if (_released)
            {
                return false;
            }

            switch (StayWord.Place(word))
            {
                case StayWord.Starting:
                    Hire();
                    return true;

                case StayWord.Parked:
                    if (slot.TryChange(word, StayWord.Next(word, StayWord.Running)))
                    {
                        // It may have been called stuck just as it came back.
                        _stuck = false;
                        _own!.Wake();
                        return true;
                    }

                    break;

                case StayWord.Running:
                    // The change makes its next compare-and-swap fail, so it looks again before it parks or receives. Even if it is
                    // stuck, and so is not waited for: it may be on its way back.
                    if (slot.TryChange(word, StayWord.Next(word, StayWord.Running)))
                    {
                        owner.OnSummonedInTurn();
                        if (_stuck || _tendency > 0 || IsOwnBlocked)
                        {
                            return false;
                        }

                        tick.EnsureAwake();
                        return true;
                    }

                    break;

                default:
                    return false;
            }
        }
    }

    /// <summary>Whether the connection's own thread has been asked for. Any thread.</summary>
    public bool IsHired => Volatile.Read(ref _hired) != 0;

    /// <summary>Asks for the connection's own thread, unless that has been done.</summary>
    public void Hire()
    {
        if (!IsHired && TryForgo())
        {
            owner.HireThread();
        }
    }

    /// <summary>Sees to it that the connection's own thread is not asked for any more.</summary>
    /// <returns>False if that has been done; then it is on its way, or was refused.</returns>
    public bool TryForgo() => Interlocked.Exchange(ref _hired, 1) == 0;

    /// <summary>The connection's own thread has come.</summary>
    public void OnArrived(ConnectionThread own) => _own = own;

    /// <summary>The connection's own thread has gone to serve another, or will never be asked for.</summary>
    public void OnReleased()
    {
        _released = true;

        // Pairs with the fence in Post.
        Interlocked.MemoryBarrier();
        LendAll();
    }

    /// <summary>
    /// There is no thread for the connection, and so most likely none to borrow: its application hears of its end on the pool, rather
    /// than late or never.
    /// </summary>
    public void OnRefused()
    {
        _refused = true;
        OnReleased();
    }

    /// <summary>The connection's own thread is stuck in application code: others take its turns until it comes back.</summary>
    public void OnStuck()
    {
        if (_stuck)
        {
            // What came since was lent as it came.
            return;
        }

        _stuck = true;
        _tendency = MaxTendency;

        // Pairs with the fence in Post: either the turn is seen here, or it is lent there because the thread is stuck.
        Interlocked.MemoryBarrier();
        LendAll();
    }

    /// <summary>The connection's own thread has come back from application code.</summary>
    public void OnUnstuck()
    {
        if (_stuck)
        {
            _stuck = false;
        }
    }

    /// <summary>
    /// From here to <see cref="TryTake"/>, what the own thread's pipe calls schedule is kept aside instead of queued: the thread
    /// is about to look for it. Only the own thread calls this.
    /// </summary>
    public void Record() => _recording = true;

    /// <summary>The next turn for the own thread, or for a borrowed one.</summary>
    public bool TryTake(out Turn turn)
    {
        if (_count != 0)
        {
            lock (_queue)
            {
                var taken = _queue.TryDequeue(out turn);
                _count = _queue.Count;
                return taken;
            }
        }

        turn = default;
        return false;
    }

    /// <summary>Ends what <see cref="Record"/> began. Only the own thread calls this.</summary>
    public bool TryTakeRecorded(out Turn turn)
    {
        _recording = false;
        turn = _recorded;
        if (!_hasRecorded)
        {
            return false;
        }

        _hasRecorded = false;
        _recorded = default;
        return true;
    }

    public void RunOneTurn(ConnectionThread thread)
    {
        if (TryTake(out var turn))
        {
            if (_tendency > 0)
            {
                _tendency = IsOwnBlocked ? MaxTendency : _tendency - 1;
            }

            thread.RunTurn(owner, turn);
        }
    }

    public void RunOneTurnAnywhere()
    {
        if (TryTake(out var turn))
        {
            turn.Run();
        }
    }

    /// <summary>Whether the own thread waits at this moment for something that is not its next turn.</summary>
    private bool IsOwnBlocked => _own is { } own && own.IsInManagedWait && !own.IsWaiting;

    private void LendAll()
    {
        for (var waiting = _count; waiting > 0; waiting--)
        {
            Lend();
        }
    }

    private void Lend()
    {
        if (_refused)
        {
            borrowed.LendToPool(this);
        }
        else
        {
            borrowed.Lend(this);
        }
    }
}
