namespace Compare.Plan;

/// <summary>What one run has shown. Every echo of it was compared.</summary>
internal sealed record RunResult
{
    public required string Server { get; init; }

    /// <summary>The most connections that were open at once.</summary>
    public required int Connections { get; init; }

    public required double ConnectSeconds { get; init; }

    /// <summary>Until every connection had its first echo.</summary>
    public required double FirstEchoSeconds { get; init; }

    /// <summary>Median of the measured rounds.</summary>
    public required double EchoesPerSecond { get; init; }

    /// <summary>
    /// Of the server, user and system together, over the measured rounds; null when they were too short to tell, or the
    /// machine too busy.
    /// </summary>
    public required double? CpuMicrosecondsPerEcho { get; init; }

    public required long PeakResidentKilobytes { get; init; }

    public required int PeakThreads { get; init; }
}
