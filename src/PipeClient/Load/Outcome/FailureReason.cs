namespace PipeClient.Load.Outcome;

/// <summary>Why a connection failed. The names, in camel case, are the keys of the JSON summary.</summary>
internal enum FailureReason
{
    HostNotFound,
    Refused,
    Unreachable,
    NoFreePort,
    TooManyOpenFiles,
    ConnectTimedOut,

    /// <summary>There is no Unix socket of that path.</summary>
    NoSuchSocket,

    /// <summary>The source address is none of this machine's.</summary>
    NotLocalAddress,

    TlsFailed,
    Reset,
    ClosedEarly,
    WrongEcho,

    /// <summary>More came back than was sent.</summary>
    ExtraBytes,

    EchoTimedOut,

    /// <summary>Timed out, and not one byte ever came back on this connection.</summary>
    NeverReplied,

    /// <summary>Timed out while the message could not be sent, because the server does not take it.</summary>
    NeverRead,
    Other,
}
