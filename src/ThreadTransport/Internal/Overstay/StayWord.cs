namespace ThreadTransport.Internal.Overstay;

/// <summary>
/// One word per connection that says where its thread is and who may touch the writing end of its input pipe. Changed by
/// compare-and-swap only, from any thread. Every change gives it a new sequence number, so an unchanged word means that nothing
/// happened, and a stale compare-and-swap fails.
/// </summary>
internal static class StayWord
{
    /// <summary>The thread has not been asked for, or has not arrived yet. Turns wait for it.</summary>
    public const int Starting = 0;

    /// <summary>The thread waits for a turn or a demand.</summary>
    public const int Parked = 1;

    /// <summary>The thread runs application code, or is on its way to look for more.</summary>
    public const int Running = 2;

    /// <summary>The thread is in a receive and the only one that may write to the input pipe.</summary>
    public const int Receiving = 3;

    /// <summary>The thread has gone to serve another connection.</summary>
    public const int Released = 4;

    /// <summary>
    /// The connection is split: an asynchronous loop receives for it, or will as soon as its thread has left the receive.
    /// </summary>
    public const int Split = 1 << 3;

    /// <summary>Nothing will be received any more. Whoever sets this bit completes the input.</summary>
    public const int InputEnded = 1 << 4;

    private const int PlaceMask = 7;
    private const int Sequence = 1 << 5;

    public static int Place(int word) => word & PlaceMask;

    public static bool Has(int word, int bit) => (word & bit) != 0;

    public static bool IsSplitOrEnded(int word) => (word & (Split | InputEnded)) != 0;

    /// <summary>The word that follows <paramref name="word"/> when the thread goes to <paramref name="place"/>.</summary>
    public static int Next(int word, int place, int bits = 0) => unchecked(((word & ~PlaceMask) + Sequence) | place | bits);

    /// <summary>The word that follows when receiving is the thread's own again, wherever that is.</summary>
    public static int NextDirect(int word) => unchecked((word & ~Split) + Sequence);

    /// <summary>
    /// The word of a slot's next tenant. The sequence goes on, so that who still holds the slot's last word can't change it.
    /// </summary>
    public static int Fresh(int word) => unchecked((word & ~(Sequence - 1)) + Sequence) | Starting;

    /// <summary>Whether the tick has to know how long the word stays as it is.</summary>
    public static bool IsWatched(int word) => Place(word) switch
    {
        Running => true,
        Starting or Parked => !IsSplitOrEnded(word),
        _ => false,
    };
}
