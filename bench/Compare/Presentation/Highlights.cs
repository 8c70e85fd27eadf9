using Compare.Results;

namespace Compare.Presentation;

/// <summary>What one line can say of a run.</summary>
internal static class Highlights
{
    private static readonly (Metric Metric, string Words)[] _parts =
    [
        (Metric.Rate, " a second"),
        (Metric.Cold, " cold"),
        (Metric.Warm, " warm"),
        (Metric.P50, " median"),
        (Metric.P99, " at 99 %"),
        (Metric.P999, " at 99.9 %"),
        (Metric.Cpu, " of server CPU each"),
        (Metric.Memory, " a connection"),
        (Metric.Threads, " threads"),
    ];

    public static string Of(RunResult run) => string.Join(
        ", ",
        _parts.Where(part => run.Values.ContainsKey(part.Metric.Key))
            .Select(part => part.Metric.Format(run.Values[part.Metric.Key]) + part.Words)
            .Concat(run.Values.GetValueOrDefault(Metric.Failed.Key) is > 0 and var failed ? [$"{Metric.Failed.Format(failed)} FAILED"] : [])
            .Concat(run.IsDisturbed ? ["DISTURBED by other load"] : []));
}
