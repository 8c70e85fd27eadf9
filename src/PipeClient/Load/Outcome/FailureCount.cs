namespace PipeClient.Load.Outcome;

/// <summary>How many connections failed for one reason, and the first of them.</summary>
internal sealed record FailureCount(FailureReason Reason, int Count, Failure First);
