namespace Randomised.Tests.Sequences;

/// <summary>
/// That a cancellation is seen once: by the operation that waits, or else by the next; two that nobody has seen are one. Told by
/// those who cancel and by the one who is cancelled.
/// </summary>
internal sealed class Cancellations(History history, string operation)
{
    private readonly Lock _gate = new();
    private readonly List<Cancellation> _unseen = [];
    private int _begun;
    private int _seen;

    public Cancellation Begin()
    {
        var cancellation = new Cancellation(history);
        lock (_gate)
        {
            _begun++;
            _unseen.Add(cancellation);
        }

        return cancellation;
    }

    /// <summary>The operation says that it was cancelled: perhaps by every cancellation that has begun by now.</summary>
    public void OnCancelled()
    {
        lock (_gate)
        {
            history.Require(++_seen <= _begun, $"{_seen} {operation}s were cancelled by {_begun} cancellations.");
            _unseen.Clear();
        }
    }

    /// <summary>The operation's own token was faster, and may have covered a cancellation.</summary>
    public void OnTokenCancelled()
    {
        lock (_gate)
        {
            _unseen.Clear();
        }
    }

    /// <summary>The operation that began then says that it was not cancelled.</summary>
    public void OnNotCancelled(int began)
    {
        lock (_gate)
        {
            history.Require(
                !_unseen.Exists(cancellation => cancellation.End < began),
                $"A {operation} was not cancelled, although it began after a cancellation that no other has seen.");
        }
    }

    public sealed class Cancellation(History history)
    {
        public int End { get; private set; } = Cause.Never;

        public void Returned() => End = history.Tick();
    }
}
