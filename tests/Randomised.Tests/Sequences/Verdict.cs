using Microsoft.AspNetCore.Connections;
using Support;

namespace Randomised.Tests.Sequences;

/// <summary>Whether the end that was logged, the end that the application saw and the end that the peer saw are one, and may be.</summary>
internal static class Verdict
{
    public static void Check(History history, IReadOnlyList<LoggedEvent> log, Input input, Output output, Peer peer, Form form)
    {
        CheckLog(history, log, form);
        var ends = log.Where(IsEnd).ToArray();
        if (ends.Length != 1)
        {
            history.Fail($"The connection has ended {ends.Length} times.");
            return;
        }

        var orderly = ends[0].Id.Id == TransportEvent.WriteFin;
        var reason = ends[0].State["Reason"] as string;
        var causes = history.Causes.Where(cause => orderly ? IsOrderly(cause) : IsReset(cause, reason)).ToArray();
        history.Require(causes.Length > 0, $"Nobody has caused the end that was logged: {ends[0]}");
        history.Require(
            causes.Length == 0 || causes.Any(cause => CanBeFirst(cause, history)),
            $"Another cause was first, not the one that was logged: {ends[0]}");
        CheckReads(history, input, orderly, causes);
        CheckPeer(history, input, output, peer, orderly);
    }

    private static void CheckLog(History history, IReadOnlyList<LoggedEvent> log, Form form)
    {
        if (form.MayLogAfterEnd)
        {
            log = [.. log.Where((e, i) => !IsOfFailedCall(e) || !log.Take(i).Any(IsEnd))];
        }

        int Count(int id) => log.Count(e => e.Id.Id == id);
        history.Require(Count(TransportEvent.ReadFin) <= 1, "The peer's FIN was logged twice.");
        history.Require(
            Count(TransportEvent.ReadFin) == 0 || history.Has(CauseKind.PeerFin, CauseKind.PeerClose)
            || (form.MayTakeResetForFin && history.Has(CauseKind.PeerReset)),
            "A FIN was logged that the peer has not sent.");
        history.Require(
            Count(TransportEvent.Reset) == 0 || history.Has(CauseKind.PeerReset, CauseKind.PeerClose),
            "A reset was logged that the peer has not made.");
        history.Require(
            Count(TransportEvent.Error) == 0 || history.Has(CauseKind.OutputCompleteWithError),
            $"An error was logged that the application has not made: {log.FirstOrDefault(e => e.Id.Id == TransportEvent.Error)}");
        var paused = false;
        foreach (var e in log.Where(e => e.Id.Id is TransportEvent.Pause or TransportEvent.Resume))
        {
            history.Require(paused == (e.Id.Id == TransportEvent.Resume), "Receiving was paused or resumed twice in a row.");
            paused = !paused;
        }

        history.Require(!paused, "Receiving was paused and never resumed.");
    }

    private static bool IsEnd(LoggedEvent e) => e.Id.Id is TransportEvent.WriteFin or TransportEvent.WriteRst;

    private static bool IsOfFailedCall(LoggedEvent e)
        => e.Id.Id == TransportEvent.Reset || e is { Id.Id: TransportEvent.Error, Exception: ObjectDisposedException };

    private static bool IsOrderly(Cause cause) => cause.Kind is CauseKind.AbortNull or CauseKind.OutputComplete;

    private static bool IsReset(Cause cause, string? reason) => cause.Kind switch
    {
        CauseKind.Abort => cause.Reason is null || cause.Reason.Message == reason,
        CauseKind.OutputCompleteWithError => cause.Reason!.Message == reason,
        CauseKind.PeerReset or CauseKind.PeerClose => true,
        _ => false,
    };

    private static bool CanBeFirst(Cause cause, History history)
        => !history.Causes.Any(other => other != cause && other.End < cause.Begin);

    private static void CheckReads(History history, Input input, bool orderly, Cause[] causes)
    {
        switch (input.Error)
        {
            case null:
                break;
            case ConnectionResetException:
                history.Require(
                    history.Has(CauseKind.PeerReset, CauseKind.PeerClose),
                    "Reads ended with a reset that the peer has not made.");
                break;
            case { } error when history.Causes.Any(cause => cause.Reason == error):
                history.Require(causes.Any(cause => cause.Reason == error), $"Reads ended with {error.Message}, which is not what was logged.");
                break;
            case ConnectionAbortedException:
                history.Require(
                    orderly || causes.Any(cause => cause.Kind == CauseKind.Abort && cause.Reason is null),
                    "Reads ended without the reason that was logged.");
                break;
            case { } error:
                history.Fail($"Reads ended with {error}");
                break;
        }
    }

    private static void CheckPeer(History history, Input input, Output output, Peer peer, bool orderly)
    {
        history.Require(peer.Received <= output.Written, $"The peer received {peer.Received} bytes of {output.Written}.");
        if (history.Has(CauseKind.PeerReset, CauseKind.PeerClose))
        {
            return;
        }

        if (!orderly)
        {
            history.Require(peer.End is PeerEnd.Reset or PeerEnd.Unknown, $"The peer saw a {peer.End} at the end of a connection that was reset.");
        }
        else if (peer.HasSentAll && peer.Sent == input.Seen)
        {
            // Closing over bytes that nobody has received resets the connection, on any transport.
            history.Require(peer.End == PeerEnd.Fin, $"The peer saw a {peer.End} at an orderly end.");
            history.Require(
                peer.Received == output.Written || history.Has(CauseKind.AbortNull),
                $"The peer received {peer.Received} of {output.Written} bytes before an orderly end.");
        }
    }
}
