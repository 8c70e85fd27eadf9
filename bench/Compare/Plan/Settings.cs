namespace Compare.Plan;

/// <summary>What is to be compared, and under which load.</summary>
internal sealed record Settings
{
    public required int Connections { get; init; }

    /// <summary>How many rounds are measured, after the first.</summary>
    public required int Rounds { get; init; }

    /// <summary>How often each server runs.</summary>
    public required int Repeat { get; init; }

    public required IReadOnlyList<string> Transports { get; init; }

    /// <summary>What each connection thread of the threads server reserves.</summary>
    public string StackSize { get; init; } = Contender.StackSize;

    /// <summary>The client's arguments that say what is sent; empty for its own default.</summary>
    public required IReadOnlyList<string> Message { get; init; }

    /// <summary>Where the results go as JSON too, or null.</summary>
    public required string? JsonPath { get; init; }
}
