using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ThreadTransport.Internal.Native;
using ThreadTransport.Internal.Overstay;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Internal.Connections;

/// <summary>Whose connection is served.</summary>
internal interface IServingOwner
{
    string ConnectionId { get; }

    /// <summary>The connection is given up because serving it has failed.</summary>
    void OnServingFailed(Exception exception);

    /// <summary>The connection's own thread has come.</summary>
    void OnThreadCame();

    /// <summary>The connection's own thread is about to go, or will never come.</summary>
    void OnThreadGone();

    /// <summary>There was no thread for the connection.</summary>
    void OnThreadRefused(Exception reason);
}

/// <summary>
/// What a connection's own thread does: takes turns, receives when a read is wanted, and is parked otherwise, until both
/// directions have ended. Only that thread is in here, but for <see cref="OnOverstay"/>, which is the tick's, and <see cref="Leave"/>
/// where no thread ever comes.
/// </summary>
internal sealed class ServingLoop(
    IServingOwner owner,
    StaySlot slot,
    TurnScheduler turns,
    Receiver receiver,
    Sender sender,
    ConnectionClosing closing,
    OverstayTick tick,
    WorkingSet workingSet,
    CollectionHold? collectionHold) : IThreadWork
{
    /// <summary>
    /// How long the application may take to its first read before the connection is split, in ticks: longer than later, because
    /// the handler starts on the pool.
    /// </summary>
    private const int TicksToFirstRead = 10;

    /// <summary>The same while something still waits for a thread of the pool, and that may be the handler: about a second.</summary>
    private const int TicksToFirstReadOnABusyPool = 200;

    private readonly ThreadProbe _probe = new();
    private ConnectionThread? _thread;

    string IThreadWork.Name => owner.ConnectionId;

    /// <summary>Serves the connection to its end.</summary>
    /// <remarks>
    /// Optimised at once: it is entered once for each connection, so that those that are open before it has been counted often enough
    /// would stay in its first, slow form. Receives here, and not in a method that it calls: this is where idle connections are, and
    /// the garbage collector walks all their stacks, at about a microsecond for each frame.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    unsafe void IThreadWork.Run(ConnectionThread thread)
    {
        var buffer = stackalloc byte[SocketReceive.StackBufferSize];
        _thread = thread;
        turns.OnArrived(thread);
        owner.OnThreadCame();
        Move(StayWord.Running);
        while (true)
        {
            var word = slot.Word;
            if (turns.TryTakeRecorded(out var turn) || turns.TryTake(out turn))
            {
                tick.EnsureAwake();
                thread.RunTurn(owner, turn);
                sender.OnTurnOver();
                turns.OnUnstuck();
            }
            else if (receiver.HasDemand && !StayWord.IsSplitOrEnded(word))
            {
                if (receiver.TryStart(word, out var descriptor, out var wait))
                {
                    workingSet.Fetch();
                    nint received = -1;
                    var errno = Errno.TryAgain;
                    while (OperatingSystem.IsLinux())
                    {
                        received = Libc.ReceiveNext(descriptor, buffer, SocketReceive.StackBufferSize, wait);
                        errno = received < 0 ? Marshal.GetLastSystemError() : 0;
                        if (errno == Errno.TryAgain && !wait)
                        {
                            wait = receiver.OnNothingThere();
                        }
                        else if (errno != Errno.Interrupted)
                        {
                            break;
                        }
                    }

                    receiver.Finish(new Span<byte>(buffer, SocketReceive.StackBufferSize), (int)received, errno);
                }
            }
            else if (closing.BothSidesEnded)
            {
                if (slot.TryChange(word, StayWord.Next(word, StayWord.Released)))
                {
                    return;
                }
            }
            else if (slot.TryChange(word, StayWord.Next(word, StayWord.Parked)))
            {
                // Whoever wakes the thread has set it to running before.
                tick.EnsureAwake();
                thread.Wait(Timeout.InfiniteTimeSpan);
            }
        }
    }

    void IThreadWork.OnRan(Exception? failure)
    {
        if (failure is not null)
        {
            // Kept aside for the thread's next look, which will not come.
            if (turns.TryTakeRecorded(out var turn))
            {
                turns.Post(turn);
            }

            owner.OnServingFailed(failure);
            Leave();
        }

        owner.OnThreadGone();
    }

    void IThreadWork.Refuse(Exception reason) => owner.OnThreadRefused(reason);

    /// <summary>No more turns on this thread, whatever became of the connection.</summary>
    public void Leave() => Move(StayWord.Released);

    /// <inheritdoc cref="IStay.OnOverstay"/>
    public bool OnOverstay(int word, int ticks)
    {
        var place = StayWord.Place(word);
        if (place == StayWord.Starting && turns.IsHired)
        {
            // The thread is on its way, and what it is for waits for it.
            return true;
        }

        if (place is StayWord.Starting or StayWord.Parked)
        {
            if (!receiver.HadDemand
                && ticks < (ThreadPool.PendingWorkItemCount > 0 ? TicksToFirstReadOnABusyPool : TicksToFirstRead))
            {
                return false;
            }

            // One thread for each connection, and for one that is split as well; it would change the word.
            receiver.TrySplit(word, "its application wants no read");
            turns.Hire();
            return true;
        }

        // However patient the rest is: the peer waits for what was flushed.
        sender.OnStayed();
        if (_thread is not { } thread || thread.IsWaiting || ticks < tick.Patience || !IsAway(thread, word, ticks))
        {
            return false;
        }

        receiver.OnStayed(thread.IsInManagedWait);
        if (!StayWord.IsSplitOrEnded(word) && !receiver.TrySplit(word, "its thread stays in application code"))
        {
            // It has moved meanwhile.
            return true;
        }

        if (turns.HasTurns)
        {
            turns.OnStuck();
        }

        return true;
    }

    /// <summary>Whether the thread really is away, or only waits for a core, or to be let go after a collection.</summary>
    private bool IsAway(ConnectionThread thread, int word, int ticks) =>
        thread.IsInManagedWait
        || (tick.TryTakeProbe() && _probe.IsAway(thread.KernelId, word, ticks, collectionHold is { Gate.IsClosed: true }));

    private void Move(int place)
    {
        int word;
        do
        {
            word = slot.Word;
        }
        while (!slot.TryChange(word, StayWord.Next(word, place)));
    }
}
