using System.Globalization;
using PipeClient.Load;
using PipeClient.Load.Outcome;
using Spectre.Console;

namespace PipeClient.Reporting;

/// <summary>The figures of a run, as tables that are narrow enough for any terminal.</summary>
internal static class ResultTables
{
    private static readonly (string Name, Func<LatencyHistogram, TimeSpan> Read)[] _statistics =
    [
        ("min", static times => times.Min),
        ("mean", static times => times.Mean),
        ("p50", static times => times.At(50)),
        ("p90", static times => times.At(90)),
        ("p99", static times => times.At(99)),
        ("p99.9", static times => times.At(99.9)),
        ("p99.99", static times => times.At(99.99)),
        ("max", static times => times.Max),
    ];

    public static Table Totals(LoadResult result, TableBorder border)
    {
        var table = new Table().Border(border).HideHeaders().AddColumn("").AddColumn("");
        void Row(string name, FormattableString value) =>
            table.AddRow(name, Markup.Escape(value.ToString(CultureInfo.InvariantCulture)));
        string PerSecond(long bytes) => result.MeasuredTime > TimeSpan.Zero
            ? $"{Quantity.Bytes(bytes)} ({Quantity.Bytes(bytes / result.MeasuredTime.TotalSeconds)}/s)"
            : Quantity.Bytes(bytes);

        if (result.Mode != LoadMode.Hold)
        {
            Row("messages", $"{Quantity.Count(result.Messages)} in {result.MeasuredTime.TotalSeconds:F3} s");
            Row("rate", $"{Quantity.Rate(result.MessagesPerSecond)}{Intended(result)}");
            Row("sent", $"{PerSecond(result.BytesSent)}");
            Row("received", $"{PerSecond(result.BytesReceived)}");
        }

        Row("errors", $"{Quantity.Count(result.Failed)} of {Quantity.Count(result.Requested)} connections");
        if (result.Mode is LoadMode.Closed or LoadMode.Open)
        {
            var (fewest, most, mean) = result.Fairness;
            Row("fairness", $"slowest connection {Quantity.Count(fewest)} messages, mean {mean:N1}, fastest {Quantity.Count(most)}");
        }

        if (result.Latencies.ClientLag is { Count: > 0 } late)
        {
            Row("client late", $"p50 {Quantity.Time(late.At(50))}, p99 {Quantity.Time(late.At(99))}, max {Quantity.Time(late.Max)}");
        }

        if (result.Unanswered > 0)
        {
            Row("unanswered", $"{Quantity.Count(result.Unanswered)} messages sent and not back at the end");
        }

        if (result.Unsent > 0)
        {
            Row("unsent", $"{Quantity.Count(result.Unsent)} messages due and not sent by the end");
        }

        if (result.WarmUpTime > TimeSpan.Zero)
        {
            Row("warm-up", $"{result.WarmUpTime.TotalSeconds:F3} s, not counted");
        }

        if (result.HoldTime > TimeSpan.Zero)
        {
            Row("held open", $"{result.HoldTime.TotalSeconds:F3} s");
        }

        return table;
    }

    /// <summary>A column for each kind of time that there is any of.</summary>
    public static Table Latencies(Latencies latencies, TableBorder border)
    {
        (string Name, LatencyHistogram Times)[] columns = latencies.IsOpenLoop
            ?
            [
                ("connect", latencies.Connect),
                ("first byte\ncorrected", latencies.FirstByteFromSchedule),
                ("message\ncorrected", latencies.MessageFromSchedule),
                ("first byte\nuncorrected", latencies.FirstByte),
                ("message\nuncorrected", latencies.Message),
            ]
            : [("connect", latencies.Connect), ("first byte", latencies.FirstByte), ("message", latencies.Message)];

        var table = new Table().Border(border).AddColumn("latency");
        foreach (var (name, _) in columns)
        {
            table.AddColumn(new TableColumn(name).RightAligned().NoWrap());
        }

        table.AddRow(["count", .. columns.Select(column => Quantity.Count(column.Times.Count))]);
        foreach (var (name, read) in _statistics)
        {
            table.AddRow([name, .. columns.Select(column => Show(column.Times, read))]);
        }

        return table;
    }

    public static Table Targets(LoadResult result, TableBorder border)
    {
        var table = new Table().Border(border).AddColumn("target");
        foreach (var name in new[] { "open", "errors", "messages", "rate", "p50", "p99", "max" })
        {
            table.AddColumn(new TableColumn(name).RightAligned());
        }

        foreach (var target in result.Targets)
        {
            var rate = result.MeasuredTime > TimeSpan.Zero ? target.Messages / result.MeasuredTime.TotalSeconds : 0;
            table.AddRow(
                Markup.Escape(target.Target.ToString()),
                Quantity.Count(target.Opened),
                Quantity.Count(target.Failed),
                Quantity.Count(target.Messages),
                Quantity.Rate(rate),
                Show(target.Latency, static times => times.At(50)),
                Show(target.Latency, static times => times.At(99)),
                Show(target.Latency, static times => times.Max));
        }

        return table;
    }

    private static string Show(LatencyHistogram times, Func<LatencyHistogram, TimeSpan> read) =>
        times.Count > 0 ? Quantity.Time(read(times)) : "-";

    private static string Intended(LoadResult result) =>
        result.IntendedRate is { } rate ? $" of {Quantity.Rate(rate)} intended" : "";
}
