namespace Compare.Results;

/// <summary>One start of this program: where, when, and with which settings.</summary>
internal sealed record Session(Machine Machine, SessionSettings Settings);

/// <summary>The settings that its results depend on.</summary>
internal sealed record SessionSettings
{
    /// <summary>As it was given.</summary>
    public required string CommandLine { get; init; }

    public required IReadOnlyList<string> Servers { get; init; }

    /// <summary>How often each server ran in each case.</summary>
    public required int Rounds { get; init; }

    public required double WarmUpSeconds { get; init; }

    public required double DurationSeconds { get; init; }

    /// <summary>Of an echoed message, in bytes.</summary>
    public required int MessageSize { get; init; }

    /// <summary>What each connection thread of the threads server reserves.</summary>
    public required string StackSize { get; init; }

    /// <summary>The cores of the server and of the client, where they had some of their own.</summary>
    public required string? PinnedCores { get; init; }
}
