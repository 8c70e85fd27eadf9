using Compare.Processes;
using Compare.Results;
using Compare.Scenarios;
using Compare.Servers;

namespace Compare.Plan;

/// <summary>One run: a fresh server under the whole load of a case.</summary>
internal sealed record PlannedRun(Scenario Scenario, Case Case, CorePlan Cores, Contender Contender, int Round)
{
    public bool IsPinned => Cores != CorePlan.Free;

    public override string ToString() => $"{Scenario.Name}: {Case.Name}{(IsPinned ? ", a core each" : "")}, {Contender.Name}";
}

/// <summary>
/// The order of the runs: within a case A B A B, so that a machine that slows down or warms up does so for all alike.
/// </summary>
internal static class RunPlan
{
    public static IReadOnlyList<PlannedRun> Of(Settings settings) =>
    [
        .. from pair in settings.Cases()
           from cores in settings.Cores
           from round in Enumerable.Range(1, settings.Rounds)
           from contender in settings.Servers
           where contender.Command(pair.Case.Role, 0) is not null
           select new PlannedRun(pair.Scenario, pair.Case, cores, contender, round),
    ];

    /// <summary>Of the runs that have ended those whose case is finished: every round of every server.</summary>
    public static IReadOnlyList<RunResult> Finished(Settings settings, IReadOnlyList<RunResult> ended)
    {
        var left = Of(settings).Skip(ended.Count).Select(run => (run.Scenario.Name, run.Case.Name, run.IsPinned)).ToHashSet();
        return [.. ended.Where(run => !left.Contains((run.Scenario, run.Case, run.IsPinned)))];
    }
}
