using System.Globalization;
using System.Net.Sockets;
using Pipelines.Sockets.Unofficial;

namespace PipeClient.Load.Outcome;

/// <summary>Why one connection failed, and what is worth saying of it beyond the reason.</summary>
internal sealed record Failure(FailureReason Reason, string? Detail = null, EchoMismatch? Mismatch = null)
{
    public static Failure ClosedEarly(int received, int expected) =>
        new(FailureReason.ClosedEarly, string.Create(CultureInfo.InvariantCulture, $"after {received} of {expected} bytes"));

    public static Failure EchoTimedOut(int received, int expected) =>
        new(FailureReason.EchoTimedOut, string.Create(CultureInfo.InvariantCulture, $"after {received} of {expected} bytes"));

    public static Failure WrongEcho(EchoMismatch mismatch) => new(FailureReason.WrongEcho, mismatch.ToString(), mismatch);

    public static Failure OfConnect(Exception exception) => exception switch
    {
        SocketException e when FailureReasons.Of(e.SocketErrorCode) is not FailureReason.Other and var reason => new(reason),
        OperationCanceledException => new(FailureReason.ConnectTimedOut),
        _ => new(FailureReason.Other, exception.Message),
    };

    public static Failure OfEcho(Exception exception) => exception switch
    {
        ConnectionResetException => new(FailureReason.Reset),
        SocketException { SocketErrorCode: SocketError.TimedOut } => new(FailureReason.EchoTimedOut),
        SocketException e when FailureReasons.Of(e.SocketErrorCode) is not FailureReason.Other and var reason => new(reason),
        _ => new(FailureReason.Other, exception.Message),
    };
}
