using PipeClient.Judgement;
using PipeClient.Load.Outcome;

namespace PipeClient;

/// <summary>The process's exit codes, as <c>--help</c> documents them.</summary>
internal static class ExitCode
{
    public const int Ok = 0;
    public const int Failures = 1;
    public const int Usage = 2;
    public const int NotConnected = 3;
    public const int WrongEcho = 4;
    public const int AssertionFailed = 5;
    public const int Interrupted = 130;

    public static int Of(LoadResult result) => Of(result, [], aborted: false);

    /// <summary>
    /// The gravest of what happened: a wrong echo says more about a server than a refused connection. Whoever asserts how many errors
    /// there may be has said which are failures.
    /// </summary>
    public static int Of(LoadResult result, IReadOnlyList<Finding> findings, bool aborted)
    {
        var allowed = findings.Any(finding => finding is { Holds: true, Assertion.Metric.IsOfErrors: true });
        return result.Interrupted ? Interrupted
            : result.Failures.Any(f => f.Reason is FailureReason.WrongEcho or FailureReason.ExtraBytes) ? WrongEcho
            : !allowed && CouldNotConnect(result, aborted) ? NotConnected
            : findings.Any(finding => !finding.Holds) ? AssertionFailed
            : !allowed && result.Failed > 0 ? Failures
            : Ok;
    }

    /// <summary>A run that was aborted has not opened all connections, whatever the reason was.</summary>
    private static bool CouldNotConnect(LoadResult result, bool aborted) =>
        aborted ? result.Failures.Any(f => IsOfConnect(f.Reason)) : result.Total < result.Requested;

    private static bool IsOfConnect(FailureReason reason) =>
        reason is FailureReason.HostNotFound or FailureReason.Refused or FailureReason.Unreachable or FailureReason.NoFreePort
            or FailureReason.TooManyOpenFiles or FailureReason.ConnectTimedOut or FailureReason.NoSuchSocket
            or FailureReason.NotLocalAddress or FailureReason.TlsFailed;
}
