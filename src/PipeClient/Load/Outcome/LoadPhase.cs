namespace PipeClient.Load.Outcome;

/// <summary>What a run is at.</summary>
internal enum LoadPhase
{
    Connecting,

    /// <summary>Under load, and not counted.</summary>
    WarmUp,

    /// <summary>Under load.</summary>
    Load,

    /// <summary>The connections are open and nothing is sent.</summary>
    Hold,

    Closing,

    Ended,
}
