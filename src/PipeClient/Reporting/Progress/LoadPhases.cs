using PipeClient.Load.Outcome;

namespace PipeClient.Reporting.Progress;

internal static class LoadPhases
{
    /// <summary>The phase as a word, for people and for files.</summary>
    public static string Describe(this LoadPhase phase) => phase switch
    {
        LoadPhase.Connecting => "connecting",
        LoadPhase.WarmUp => "warm-up",
        LoadPhase.Load => "load",
        LoadPhase.Hold => "hold",
        LoadPhase.Closing => "closing",
        _ => "ended",
    };
}
