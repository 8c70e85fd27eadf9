namespace Randomised.Tests.Sequences;

internal enum CauseKind
{
    /// <summary>With a reason: the end is a RST with it, unless another cause was first.</summary>
    Abort,

    /// <summary>Without one: the end is a FIN.</summary>
    AbortNull,

    /// <summary>The output is completed, by itself or with the connection: a FIN, when all is sent.</summary>
    OutputComplete,

    /// <summary>The output is completed with an exception: a RST.</summary>
    OutputCompleteWithError,

    /// <summary>The input is completed: no end of the connection, but what arrives then fires the token.</summary>
    InputComplete,

    PeerFin,
    PeerReset,

    /// <summary>A FIN, or a RST if the peer had not read all; what arrives there later is answered with a RST.</summary>
    PeerClose,
}

/// <summary>
/// Something that may end a connection. It takes effect not before <paramref name="begin"/>. By <see cref="End"/> it has, or
/// another was first.
/// </summary>
internal sealed class Cause(CauseKind kind, int begin, Exception? reason)
{
    public const int Never = int.MaxValue;

    public CauseKind Kind => kind;

    public Exception? Reason => reason;

    public int Begin => begin;

    /// <summary>Only of what takes effect at once.</summary>
    public int End { get; set; } = Never;

    public bool IsOfPeer => kind is CauseKind.PeerFin or CauseKind.PeerReset or CauseKind.PeerClose;

    public override string ToString() => $"{kind} [{begin}, {(End == Never ? "…" : End)}] {reason?.Message}";
}
