namespace Randomised.Tests.Sequences;

/// <summary>How a sequence ends when its actors have been let go.</summary>
internal enum Finale
{
    /// <summary>The client ends its stream and takes all output; the application reads to the end.</summary>
    Orderly,
    Abort,
    AbortNull,
    Reset,
    Close,

    /// <summary>The connection is disposed of under whatever its actors are waiting for.</summary>
    Dispose,
}

/// <summary>What the actors of one connection do, and when: everything that a failure is reproduced from.</summary>
/// <param name="Handler">Reads, and writes too where there is no writer.</param>
/// <param name="Writer">Writes, if anything; then the handler does not.</param>
/// <param name="Control">Cancels, aborts and disposes of.</param>
/// <param name="Peer">The client.</param>
/// <param name="Order">
/// Whose turn it is, one step after the other; each waits until the call of the one before has returned, though not until
/// what it began is over. Afterwards, or from the start if it is empty, everybody goes as fast as he can.
/// </param>
/// <param name="Finale">The end.</param>
internal sealed record Sequence(Step[] Handler, Step[] Writer, Step[] Control, Step[] Peer, int[] Order, Finale Finale)
{
    public override string ToString()
        => $"handler [{Join(Handler)}] writer [{Join(Writer)}] control [{Join(Control)}] peer [{Join(Peer)}] "
            + $"order [{Join(Order)}] finale {Finale}";

    private static string Join<T>(T[] items) => string.Join(' ', items);
}
