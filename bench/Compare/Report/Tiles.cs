using System.Globalization;
using Compare.Results;
using Compare.Scenarios;

namespace Compare.Report;

/// <summary>The few figures that a visitor came for, where they were measured.</summary>
internal static class Tiles
{
    public static IReadOnlyList<(string Value, string Words)> Of(IReadOnlyList<CaseResult> cases) =>
    [
        .. new[]
        {
            Blocking(Last(cases, BlockingScenarios.Sleep, one => one.Case.StartsWith("HTTP", StringComparison.Ordinal))),
            Rate(Last(cases, EchoScenarios.Busy, one => !one.IsPinned) ?? Last(cases, EchoScenarios.Busy, _ => true)),
            Memory(Last(cases, EchoScenarios.Idle, _ => true)),
            AtOnce(Last(cases, EchoScenarios.AtOnce, _ => true)),
        }.OfType<(string, string)>(),
    ];

    private static CaseResult? Last(IReadOnlyList<CaseResult> cases, Scenario scenario, Func<CaseResult, bool> fits) =>
        cases.Where(one => one.Scenario == scenario.Name && one.Servers.Count >= 2 && fits(one)).MaxBy(one => one.Connections);

    private static (string, string)? Blocking(CaseResult? one) =>
        one is not null && Median(one, 0, Metric.LimitShare) is { } share && Median(one, 1, Metric.LimitShare) is { } other
            ? (Text($"{share * 100:F0} %"), Text($"of the arithmetic limit with handlers that sleep 50 ms, {one.Connections:N0} connections; {one.Servers[1]}: {other * 100:0.#} %"))
            : null;

    private static (string, string)? Rate(CaseResult? one) =>
        one?.RatioOf(Metric.Rate, one.Servers[0], one.Servers[1]) is { } ratio && Median(one, 0, Metric.Rate) is { } rate
            ? (Text($"{ratio.Value:F2}x"), Text($"the echo rate of {one.Servers[1]} at {one.Connections:N0} busy connections: {rate:N0} a second{(one.IsPinned ? ", a core each" : "")}"))
            : null;

    private static (string, string)? Memory(CaseResult? one) =>
        one is not null && Median(one, 0, Metric.Memory) is { } memory && Median(one, 1, Metric.Memory) is { } other
            ? (Text($"{memory:F0} KB"), Text($"resident for each of {one.Connections:N0} idle connections; {one.Servers[1]}: {other:F0} KB"))
            : null;

    private static (string, string)? AtOnce(CaseResult? one) =>
        one is not null && Median(one, 0, Metric.Warm) is { } warm && Median(one, 1, Metric.Warm) is { } other
            ? (Text($"{warm:F1} s"), Text($"for {one.Connections:N0} connections to open, echo and close at once, warm; {one.Servers[1]}: {other:F1} s"))
            : null;

    private static double? Median(CaseResult one, int server, Metric metric) =>
        one.Values(one.Servers[server], metric) is { Length: > 0 } values ? Statistics.Median(values) : null;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
