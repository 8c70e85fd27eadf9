using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using PipeClient.Load.Connecting;
using Pipelines.Sockets.Unofficial;

namespace PipeClient.Load.Outcome;

/// <summary>Why one connection failed, and what is worth saying of it beyond the reason.</summary>
internal sealed record Failure(FailureReason Reason, string? Detail = null, EchoMismatch? Mismatch = null)
{
    public static Failure ClosedEarly(int received, int expected) =>
        new(FailureReason.ClosedEarly, string.Create(CultureInfo.InvariantCulture, $"after {received} of {expected} bytes"));

    public static Failure EchoTimedOut(int received, int expected) =>
        new(FailureReason.EchoTimedOut, string.Create(CultureInfo.InvariantCulture, $"after {received} of {expected} bytes"));

    public static Failure NeverReplied(int expected) =>
        new(FailureReason.NeverReplied, string.Create(CultureInfo.InvariantCulture, $"after 0 of {expected} bytes"));

    public static Failure NeverRead() => new(FailureReason.NeverRead);

    /// <param name="mismatch">The first byte that differs.</param>
    /// <param name="message">Which message of its connection it is in, counted from 0.</param>
    public static Failure WrongEcho(EchoMismatch mismatch, long message) =>
        new(FailureReason.WrongEcho, mismatch + Of(message), mismatch);

    /// <param name="messages">How many messages of its connection had been right.</param>
    /// <param name="actual">The first byte too many.</param>
    public static Failure ExtraBytes(long messages, byte actual) =>
        new(FailureReason.ExtraBytes, string.Create(
            CultureInfo.InvariantCulture, $"got {EchoMismatch.Show(actual)} after message {messages}, where nothing more was expected"));

    private static string Of(long message) =>
        message == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" of its connection's message {message + 1}");

    public static Failure OfConnect(Exception exception, Target target) => exception switch
    {
        NotLocalAddressException e => new(FailureReason.NotLocalAddress, e.Message),
        // .NET has one word for a path that is not there and for an address that is not.
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable } when target.IsUnix => new(FailureReason.NoSuchSocket),
        AuthenticationException e => new(FailureReason.TlsFailed, (e.InnerException ?? e).Message),
        IOException { InnerException: SocketException e } => OfConnect(e, target),
        SocketException e when FailureReasons.Of(e.SocketErrorCode) is not FailureReason.Other and var reason => new(reason),
        OperationCanceledException => new(FailureReason.ConnectTimedOut),
        _ => new(FailureReason.Other, exception.Message),
    };

    public static Failure OfEcho(Exception exception) => exception switch
    {
        ConnectionResetException => new(FailureReason.Reset),
        IOException { InnerException: SocketException e } => OfEcho(e),
        SocketException { SocketErrorCode: SocketError.TimedOut } => new(FailureReason.EchoTimedOut),
        SocketException e when FailureReasons.Of(e.SocketErrorCode) is not FailureReason.Other and var reason => new(reason),
        _ => new(FailureReason.Other, exception.Message),
    };
}
