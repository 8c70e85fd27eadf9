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
    public const int Interrupted = 130;

    /// <summary>The gravest of what happened: a wrong echo says more about a server than a refused connection.</summary>
    public static int Of(LoadResult result) =>
        result.Interrupted ? Interrupted
        : result.Failures.Any(f => f.Reason is FailureReason.WrongEcho or FailureReason.ExtraBytes) ? WrongEcho
        : result.Total < result.Requested ? NotConnected
        : result.Failed > 0 ? Failures
        : Ok;
}
