using System.Net.Sockets;
using System.Text.Json;

namespace PipeClient.Load.Outcome;

internal static class FailureReasons
{
    public static string Describe(this FailureReason reason) => reason switch
    {
        FailureReason.HostNotFound => "host not found",
        FailureReason.Refused => "refused",
        FailureReason.Unreachable => "unreachable",
        FailureReason.NoFreePort => "no free local port",
        FailureReason.TooManyOpenFiles => "too many open files",
        FailureReason.ConnectTimedOut => "connect timed out",
        FailureReason.NoSuchSocket => "no such Unix socket",
        FailureReason.NotLocalAddress => "source address is not of this machine",
        FailureReason.TlsFailed => "TLS failed",
        FailureReason.Reset => "reset",
        FailureReason.ClosedEarly => "closed early",
        FailureReason.WrongEcho => "wrong echo",
        FailureReason.ExtraBytes => "more than was sent",
        FailureReason.EchoTimedOut => "echo timed out",
        FailureReason.NeverReplied => "never replied",
        FailureReason.NeverRead => "never read",
        _ => "other",
    };

    public static string Key(this FailureReason reason) => JsonNamingPolicy.CamelCase.ConvertName(reason.ToString());

    public static FailureReason Of(SocketError error) => error switch
    {
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => FailureReason.HostNotFound,
        SocketError.ConnectionRefused => FailureReason.Refused,
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => FailureReason.Unreachable,
        SocketError.AddressNotAvailable => FailureReason.NoFreePort,
        SocketError.TooManyOpenSockets => FailureReason.TooManyOpenFiles,
        SocketError.TimedOut => FailureReason.ConnectTimedOut,
        // EPIPE, which .NET calls Shutdown, is what a send meets when the reset has been seen by somebody else.
        SocketError.ConnectionReset or SocketError.Shutdown => FailureReason.Reset,
        _ => FailureReason.Other,
    };
}
