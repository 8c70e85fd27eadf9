using System.Globalization;
using Compare.Results;
using Compare.Scenarios;
using Compare.Servers;

namespace Compare.Report;

/// <summary>The pictures that results have data for.</summary>
internal static class Charts
{
    private const int FewestPoints = 2;

    public static IReadOnlyList<Chart> Of(IReadOnlyList<CaseResult> cases) =>
    [
        .. new[] { Cliff(cases) }
            .Concat(((bool[])[false, true]).SelectMany(isPinned => OverConnections(cases, isPinned)))
            .Concat(cases.Where(HasDistribution).Select(Distribution))
            .OfType<Chart>(),
    ];

    /// <summary>Where each server breaks when handlers block, and whether.</summary>
    private static Chart? Cliff(IReadOnlyList<CaseResult> cases)
    {
        CaseResult[] blocking =
        [
            .. cases.Where(one => one.Scenario == BlockingScenarios.Sleep.Name && !one.IsPinned
                && one.Case.StartsWith("HTTP", StringComparison.Ordinal)),
        ];
        return Create(blocking, Metric.Rate) is { } series
            ? new Chart
            {
                Id = "blocking-cliff",
                Title = "Handlers that sleep 50 ms: answers per second",
                Subtitle = "HTTP/1.1, one request under way on each connection. Dashed: all that arithmetic allows.",
                X = new("connections", ScaleKind.Logarithmic, Number),
                Y = new("answers per second", ScaleKind.Logarithmic, Number),
                Series = series,
                IsMain = true,
                Limit = new ChartSeries("limit", [.. blocking.Select(one => Exactly(one.Connections, one.Connections * 20))]),
            }
            : null;
    }

    private static IEnumerable<Chart?> OverConnections(IReadOnlyList<CaseResult> cases, bool isPinned)
    {
        CaseResult[] busy = [.. cases.Where(one => one.Scenario == EchoScenarios.Busy.Name && one.IsPinned == isPinned)];
        var where = isPinned ? "server and client on a core each" : "server and client share the cores";
        var suffix = isPinned ? "-pinned" : "";
        yield return Over("rate", "Echoes per second", Metric.Rate, new("echoes per second", ScaleKind.Linear, Number));
        yield return Over("p99", "Latency of the slowest in a hundred", Metric.P99, new("99th percentile", ScaleKind.Logarithmic, Time));
        yield return Over("cpu", "Server CPU per echo", Metric.Cpu, new("microseconds", ScaleKind.Linear, Number));
        yield return Over("memory", "Resident memory of the server", Metric.Resident, new("megabytes", ScaleKind.Linear, value => Number(value / 1024)));

        Chart? Over(string id, string title, Metric metric, Axis y) => Create(busy, metric) is { } series
            ? new Chart
            {
                Id = $"echo-{id}{suffix}",
                Title = title,
                Subtitle = $"Busy connections, 64 bytes, {where}. Lines: medians; whiskers: lowest and highest round.",
                X = new("connections", ScaleKind.Logarithmic, Number),
                Y = y,
                Series = series,
                IsMain = metric != Metric.Cpu,
            }
            : null;
    }

    private static bool HasDistribution(CaseResult one) =>
        one.Runs.Any(run => run.Latency.Count > 0)
        && (one.Scenario == EchoScenarios.Busy.Name ? one.Connections is 100 or 1_000 or 10_000
            : one.Scenario == HttpScenarios.Http.Name ? one.Case.StartsWith("plaintext,", StringComparison.Ordinal)
            : one.Scenario == EchoScenarios.Idle.Name || one.Scenario == EchoScenarios.Slow.Name);

    private static Chart Distribution(CaseResult one) => new()
    {
        Id = $"latency-{Slug(one)}",
        Title = $"Latency: {one.Case}",
        Subtitle = $"{one.Scenario}{(one.IsPinned ? ", a core each" : "")}. Each line: so many per cent were answered within that time; median of the rounds.",
        X = new("percentile", ScaleKind.Nines, value => value.ToString("0.###", CultureInfo.InvariantCulture)),
        Y = new("latency", ScaleKind.Logarithmic, Time),
        Series =
        [
            .. one.Servers.Select(server => new ChartSeries(
                server,
                [
                    .. one.Of(server).SelectMany(run => run.Latency).Where(point => point.Percentile < 100).GroupBy(point => point.Percentile)
                        .OrderBy(group => group.Key)
                        .Select(group => Exactly(group.Key, Statistics.Median(group.Select(point => point.Microseconds)))),
                ])).Where(series => series.Points.Count > 0),
        ],
    };

    /// <returns>Null where a line would be a point.</returns>
    private static ChartSeries[]? Create(CaseResult[] cases, Metric metric)
    {
        ChartSeries[] series =
        [
            .. cases.SelectMany(one => one.Servers).Distinct().OrderBy(Order).Select(server => new ChartSeries(
                server,
                [
                    .. cases.OrderBy(one => one.Connections)
                        .Select(one => (one.Connections, Values: one.Values(server, metric)))
                        .Where(point => point.Values.Length > 0)
                        .Select(point => new ChartPoint(
                            point.Connections, Statistics.Median(point.Values), point.Values.Min(), point.Values.Max())),
                ])),
        ];
        return series.Any(one => one.Points.Count >= FewestPoints) ? series : null;
    }

    /// <summary>Ours first, whoever joined later last.</summary>
    private static int Order(string server) => Contender.BuiltIn.ToList().IndexOf(server) is >= 0 and var place ? place : int.MaxValue;

    private static ChartPoint Exactly(double x, double y) => new(x, y, y, y);

    private static string Slug(CaseResult one) => string.Join(
        '-',
        new string([.. $"{one.Scenario} {one.Case}{(one.IsPinned ? " pinned" : "")}".Replace(",", "", StringComparison.Ordinal)
            .Select(letter => char.IsAsciiLetterOrDigit(letter) ? char.ToLowerInvariant(letter) : ' ')])
            .Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static string Number(double value) => value switch
    {
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{value / 1_000_000:0.##}M"),
        >= 10_000 => string.Create(CultureInfo.InvariantCulture, $"{value / 1000:0.##}k"),
        _ => value.ToString("#,##0.##", CultureInfo.InvariantCulture),
    };

    private static string Time(double microseconds) => microseconds switch
    {
        < 1000 => string.Create(CultureInfo.InvariantCulture, $"{microseconds:0.##} µs"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{microseconds / 1000:0.##} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{microseconds / 1_000_000:0.##} s"),
    };
}
