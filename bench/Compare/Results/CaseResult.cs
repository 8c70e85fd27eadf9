namespace Compare.Results;

/// <summary>All runs of a case, of all servers.</summary>
internal sealed record CaseResult(string Scenario, string Case, int Connections, bool IsPinned, IReadOnlyList<RunResult> Runs)
{
    /// <summary>In the order in which they were run.</summary>
    public IReadOnlyList<string> Servers { get; } = [.. Runs.Select(run => run.Server).Distinct()];

    public string Title => $"{Scenario}: {Case}{(IsPinned ? ", a core each" : "")}";

    public IEnumerable<RunResult> Of(string server) => Runs.Where(run => run.Server == server);

    public double[] Values(string server, Metric metric) => metric.Values(Of(server));

    public Ratio? RatioOf(Metric metric, string server, string reference) =>
        Ratio.Of(RoundValues(server, metric), RoundValues(reference, metric), metric.Better);

    public static IReadOnlyList<CaseResult> Group(IEnumerable<RunResult> runs) =>
    [
        .. runs.GroupBy(run => (run.Scenario, run.Case, run.Connections, run.IsPinned)).Select(group => new CaseResult(
            group.Key.Scenario, group.Key.Case, group.Key.Connections, group.Key.IsPinned, [.. group])),
    ];

    /// <summary>By session and round, so that what ran side by side is compared.</summary>
    private Dictionary<(int Session, int Round), double> RoundValues(string server, Metric metric) => Of(server)
        .Where(run => run.Values.ContainsKey(metric.Key))
        .GroupBy(run => (run.Session, run.Round))
        .ToDictionary(group => group.Key, group => group.Last().Values[metric.Key]);
}
