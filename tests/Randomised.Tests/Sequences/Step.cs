namespace Randomised.Tests.Sequences;

/// <summary>What one actor can do to a connection, or at its other end.</summary>
internal enum StepKind
{
    // To the connection's input; only by whoever reads.
    Read,
    ReadBlocking,
    ReadLater,
    ReadWithToken,
    ReadAtLeast,
    TryRead,
    CompleteInput,

    // To its output; only by whoever writes.
    Write,
    WriteBlocking,
    WriteWithoutFlush,
    CompleteOutput,
    CompleteOutputWithError,

    // On this side, by anybody.
    CancelRead,
    CancelFlush,
    CancelToken,
    Abort,
    AbortByFeature,
    AbortNull,
    Dispose,
    Hop,
    Return,
    Sleep,

    // At the other end.
    Send,
    Take,
    TakeAll,
    Fin,
    Reset,
    Close,
}

/// <summary>One thing that one actor does.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Amount">How many bytes or milliseconds, or how much of what was read is consumed.</param>
internal readonly record struct Step(StepKind Kind, int Amount)
{
    public override string ToString() => Amount == 0 ? $"{Kind}" : $"{Kind}({Amount})";
}
