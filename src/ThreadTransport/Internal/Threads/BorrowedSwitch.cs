namespace ThreadTransport.Internal.Threads;

/// <summary>
/// Leads to a borrowed thread, another one each time, for code that has no thread of its own: a stream of an HTTP/2 connection, or a
/// connection that is not on this transport. Each turn has its thread until it really suspends, and the next one begins then.
/// </summary>
internal sealed class BorrowedSwitch(BorrowedThreads borrowed, int stackSize) : IThreadSwitch, IConnectionThreadFeature
{
    private readonly RunningTurns _running = new();

    public bool IsCurrent => ConnectionThread.Current is { } current && current.Owner == this;

    public string ThreadName => BorrowedThreads.ThreadName;

    public int StackSize => stackSize;

    public void Post(Turn turn) => borrowed.Lend(new Loan(this, turn));

    public ConnectionThreadAwaitable ReturnAsync() => new(this);

    private sealed class Loan(BorrowedSwitch owner, Turn turn) : IBorrower
    {
        public void RunOneTurn(ConnectionThread thread) => owner._running.Run(thread, owner, turn);

        public void RunOneTurnAnywhere() => turn.Run();
    }
}
