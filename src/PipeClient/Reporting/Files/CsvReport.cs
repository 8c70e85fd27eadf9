using System.Globalization;
using PipeClient.Load;
using PipeClient.Load.Outcome;
using PipeClient.Reporting.Progress;

namespace PipeClient.Reporting.Files;

/// <summary>Writes a row for every second. A column keeps its place and its meaning; new ones come last.</summary>
internal sealed class CsvReport : ILoadObserver
{
    private static readonly (string Name, Func<LoadInterval, string> Read)[] _columns =
    [
        ("second", static interval => Number(interval.Number)),
        ("phase", static interval => interval.Phase.Describe()),
        ("start_s", static interval => Seconds(interval.Start)),
        ("length_s", static interval => Seconds(interval.Length)),
        ("connections", static interval => Number(interval.Connections)),
        ("opened", static interval => Number(interval.Opened)),
        ("errors", static interval => Number(interval.Failed)),
        ("messages", static interval => Number(interval.Messages)),
        ("messages_per_s", static interval => interval.MessagesPerSecond.ToString("F1", CultureInfo.InvariantCulture)),
        ("bytes_sent", static interval => Number(interval.BytesSent)),
        ("bytes_received", static interval => Number(interval.BytesReceived)),
        .. Times("", static latencies => latencies.Headline),
        .. Times("first_byte_", static latencies => latencies.HeadlineFirstByte),
        .. Times("uncorrected_", static latencies => latencies.Message),
        .. Times("connect_", static latencies => latencies.Connect),
        .. Times("client_late_", static latencies => latencies.ClientLag),
    ];

    private readonly OutputFile _file;

    public CsvReport(OutputFile file)
    {
        _file = file;
        file.Write(static writer => writer.WriteLine(string.Join(',', _columns.Select(column => column.Name))));
    }

    public void Connected(int connections, TimeSpan elapsed)
    {
    }

    public void RoundEnded(int number, RoundResult round)
    {
    }

    public void IntervalEnded(LoadInterval interval) =>
        _file.Write(writer => writer.WriteLine(string.Join(',', _columns.Select(column => column.Read(interval)))));

    /// <summary>In microseconds; empty when there are none.</summary>
    private static IEnumerable<(string Name, Func<LoadInterval, string> Read)> Times(
        string prefix, Func<Latencies, LatencyHistogram> of)
    {
        Func<LoadInterval, string> Read(Func<LatencyHistogram, TimeSpan> statistic) => interval =>
            of(interval.Latencies) is { Count: > 0 } times
                ? statistic(times).TotalMicroseconds.ToString("F1", CultureInfo.InvariantCulture)
                : "";

        return
        [
            (prefix + "mean_us", Read(static times => times.Mean)),
            (prefix + "p50_us", Read(static times => times.At(50))),
            (prefix + "p90_us", Read(static times => times.At(90))),
            (prefix + "p99_us", Read(static times => times.At(99))),
            (prefix + "p99.9_us", Read(static times => times.At(99.9))),
            (prefix + "max_us", Read(static times => times.Max)),
        ];
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("F3", CultureInfo.InvariantCulture);
}
