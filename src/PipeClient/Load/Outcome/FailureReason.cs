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
    Reset,
    ClosedEarly,
    WrongEcho,
    EchoTimedOut,
    Other,
}
