using System.Globalization;

namespace Compare.Results;

/// <summary>Which way is better.</summary>
internal enum Direction
{
    /// <summary>A fact, not a virtue.</summary>
    Neither,
    Lower,
    Higher,
}

/// <summary>Something that is measured: its key in the results, what people call it, how it is written, and which way is better.</summary>
internal sealed record Metric(string Key, string Name, Direction Better, Func<double, string> Format)
{
    public static readonly Metric Rate =
        new("rate", "messages a second", Direction.Higher, Whole) { Heading = "a second", IsGuarded = true };
    public static readonly Metric LimitShare =
        new("limitShare", "share of the arithmetic limit", Direction.Higher, Percent) { Heading = "of the limit" };
    public static readonly Metric P50 = new("p50", "latency, median", Direction.Lower, Time) { Heading = "p50" };
    public static readonly Metric P99 = new("p99", "latency, 99 %", Direction.Lower, Time) { Heading = "p99", IsGuarded = true };
    public static readonly Metric P999 = new("p999", "latency, 99.9 %", Direction.Lower, Time) { Heading = "p99.9", IsGuarded = true };
    public static readonly Metric Fewest = new("fewest", "fewest messages of a connection", Direction.Neither, Whole);
    public static readonly Metric Most = new("most", "most messages of a connection", Direction.Neither, Whole);
    public static readonly Metric Fairness =
        new("fairness", "fewest to most", Direction.Higher, value => Text($"{value:F2}")) { Heading = "fairness" };
    public static readonly Metric Failed = new("failed", "messages that failed", Direction.Lower, Whole) { Heading = "failed" };
    public static readonly Metric Cold =
        new("cold", "open, echo, close: cold", Direction.Lower, Seconds) { Heading = "cold", IsGuarded = true };
    public static readonly Metric Warm =
        new("warm", "open, echo, close: warm", Direction.Lower, Seconds) { Heading = "warm", IsGuarded = true };
    public static readonly Metric ColdOpen = new("coldOpen", "of it to open, cold", Direction.Lower, Seconds);
    public static readonly Metric ColdEcho = new("coldEcho", "of it to echo, cold", Direction.Lower, Seconds);
    public static readonly Metric Cpu =
        new("cpu", "server CPU per message", Direction.Lower, Time) { Heading = "CPU each", IsGuarded = true };
    public static readonly Metric Switches = new("switches", "context switches per message", Direction.Lower, value => Text($"{value:F2}"));
    public static readonly Metric Allocated = new("allocated", "bytes allocated per message", Direction.Lower, value => Text($"{value:N1}"));
    public static readonly Metric Collections = new("collections", "garbage collections", Direction.Lower, Whole);
    public static readonly Metric Pauses = new("pauses", "all their pauses", Direction.Lower, Milliseconds);
    public static readonly Metric LongestPause = new("longestPause", "the longest pause", Direction.Lower, Milliseconds);
    public static readonly Metric IdlePause =
        new("idlePause", "a gen 0 collection's pause, all idle", Direction.Lower, Milliseconds) { Heading = "GC pause" };
    public static readonly Metric Memory =
        new("memory", "resident memory per connection", Direction.Lower, Kilobytes) { Heading = "memory", IsGuarded = true };
    public static readonly Metric Resident = new("resident", "resident memory", Direction.Lower, Megabytes);
    public static readonly Metric PeakResident = new("peakResident", "peak resident memory", Direction.Lower, Megabytes);
    public static readonly Metric Threads = new("threads", "peak threads", Direction.Neither, Whole) { Heading = "threads" };
    public static readonly Metric PoolThreads = new("poolThreads", "pool threads", Direction.Neither, Whole);

    /// <summary>In the order in which a report lists them.</summary>
    public static readonly IReadOnlyList<Metric> All =
    [
        Rate, LimitShare, Cold, ColdOpen, ColdEcho, Warm, P50, P99, P999, Fewest, Most, Fairness, Failed, Cpu, Switches, Allocated,
        Collections, Pauses, LongestPause, IdlePause, Memory, Resident, PeakResident, Threads, PoolThreads,
    ];

    /// <summary>Those of a table, in which there is not room for all.</summary>
    public static readonly IReadOnlyList<Metric> Main =
        [Rate, LimitShare, Cold, Warm, P50, P99, P999, Fairness, Failed, Cpu, IdlePause, Memory, Threads];

    /// <summary>Over a column.</summary>
    public string Heading { get; init; } = Name;

    /// <summary>Whether a later comparison is to fail when it got worse.</summary>
    public bool IsGuarded { get; init; }

    /// <summary>Of each run that could tell.</summary>
    public double[] Values(IEnumerable<RunResult> runs) =>
        [.. runs.Where(run => run.Values.ContainsKey(Key)).Select(run => run.Values[Key])];

    public string WriteMedian(double[] values) => values.Length == 0 ? "-" : Format(Statistics.Median(values));

    private static string Whole(double value) => Text($"{value:N0}");

    private static string Percent(double value) => Text($"{value * 100:F1} %");

    private static string Seconds(double value) => Text($"{value:F2} s");

    private static string Milliseconds(double value) => Text($"{value:F1} ms");

    private static string Kilobytes(double value) => Text($"{value:F1} KB");

    private static string Megabytes(double value) => Text($"{value / 1024:N0} MB");

    /// <param name="microseconds">With three digits, in the unit in which they say most.</param>
    private static string Time(double microseconds) => microseconds switch
    {
        < 100 => Text($"{microseconds:F1} us"),
        < 1000 => Text($"{microseconds:F0} us"),
        < 10_000 => Text($"{microseconds / 1000:F2} ms"),
        < 100_000 => Text($"{microseconds / 1000:F1} ms"),
        < 1_000_000 => Text($"{microseconds / 1000:F0} ms"),
        _ => Text($"{microseconds / 1_000_000:F2} s"),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
