using System.Globalization;
using Compare.Plan;

namespace Compare.Presentation;

/// <summary>Which way is better.</summary>
internal enum Direction
{
    /// <summary>A fact, not a virtue.</summary>
    Neither,
    Lower,
    Higher,
}

/// <summary>One row of the table: what is measured, how it is written, and which way is better.</summary>
internal sealed record Measure(string Name, Direction Better, Func<RunResult, double?> Of, Func<double, string> Format)
{
    public static readonly IReadOnlyList<Measure> All =
    [
        new("connections open at once", Direction.Neither, run => run.Connections, Whole),
        new("time to connect all", Direction.Lower, run => run.ConnectSeconds, Seconds),
        new("first echo of all (cold)", Direction.Lower, run => run.FirstEchoSeconds, Seconds),
        new("echoes per second", Direction.Higher, run => run.EchoesPerSecond, Whole),
        new("server CPU per echo", Direction.Lower, run => run.CpuMicrosecondsPerEcho, value => Text($"{value:F1} us")),
        new("peak resident memory", Direction.Lower, run => run.PeakResidentKilobytes, value => Text($"{value / 1024:N0} MB")),
        new("peak threads", Direction.Neither, run => run.PeakThreads, Whole),
    ];

    /// <summary>Of each run that could tell.</summary>
    public double[] Values(IEnumerable<RunResult> runs) => [.. runs.Select(Of).OfType<double>()];

    public string WriteMedian(double[] values) => values.Length == 0 ? "-" : Format(Statistics.Median(values));

    private static string Whole(double value) => Text($"{value:N0}");

    private static string Seconds(double value) => Text($"{value:F3} s");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
