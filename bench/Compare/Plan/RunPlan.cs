namespace Compare.Plan;

/// <summary>One run: a fresh server under the whole load.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Of">How many there are.</param>
/// <param name="Contender">Whose.</param>
internal sealed record PlannedRun(int Number, int Of, Contender Contender);

/// <summary>The order of the runs: A B A B, so that a machine that slows down or warms up does so for all alike.</summary>
internal static class RunPlan
{
    public static IReadOnlyList<PlannedRun> Interleave(IReadOnlyList<Contender> contenders, int repeat) =>
        [.. Enumerable.Repeat(contenders, repeat)
            .SelectMany(round => round)
            .Select((contender, index) => new PlannedRun(index + 1, contenders.Count * repeat, contender))];
}
