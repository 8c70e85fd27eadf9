using System.Globalization;
using Compare.Plan;

namespace Compare.Presentation;

internal enum Better
{
    /// <summary>A fact, not a virtue.</summary>
    Neither,
    Lower,
    Higher,
}

/// <summary>One row of the table: what is measured, how it is written, and which way is better.</summary>
internal sealed record Measure(string Name, Better Better, Func<RunResult, double?> Of, Func<double, string> Format)
{
    public static readonly IReadOnlyList<Measure> All =
    [
        new("connections open at once", Better.Neither, run => run.Connections, Whole),
        new("time to connect all", Better.Lower, run => run.ConnectSeconds, Seconds),
        new("first echo of all (cold)", Better.Lower, run => run.FirstEchoSeconds, Seconds),
        new("echoes per second", Better.Higher, run => run.EchoesPerSecond, Whole),
        new("server CPU per echo", Better.Lower, run => run.CpuMicrosecondsPerEcho, value => Text($"{value:F1} us")),
        new("peak resident memory", Better.Lower, run => run.PeakResidentKilobytes, value => Text($"{value / 1024:N0} MB")),
        new("peak threads", Better.Neither, run => run.PeakThreads, Whole),
    ];

    /// <summary>The median over the runs of one server that could tell, or null when none could.</summary>
    public double? Median(IEnumerable<RunResult> runs) => runs.Select(Of).OfType<double>().ToArray() is [_, ..] values
        ? Statistics.Median(values)
        : null;

    public string Write(double? value) => value is { } known ? Format(known) : "-";

    private static string Whole(double value) => Text($"{value:N0}");

    private static string Seconds(double value) => Text($"{value:F3} s");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
