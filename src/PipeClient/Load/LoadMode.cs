namespace PipeClient.Load;

/// <summary>How a run loads its connections once they are open.</summary>
internal enum LoadMode
{
    /// <summary>All echo once, and wait for the last of them, round after round.</summary>
    Rounds,

    /// <summary>Each sends its next message when one is back.</summary>
    Closed,

    /// <summary>Messages are due by the clock, whatever has come back.</summary>
    Open,

    /// <summary>They are only kept open.</summary>
    Hold,
}
