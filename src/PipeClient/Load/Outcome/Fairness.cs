namespace PipeClient.Load.Outcome;

/// <summary>How many messages the connections that were open at the load's start got back while it was measured.</summary>
internal sealed record Fairness(long Fewest, long Most, double Mean)
{
    public static Fairness None { get; } = new(0, 0, 0);
}
