using System.Globalization;
using PipeClient.Load;
using PipeClient.Load.Outcome;

namespace PipeClient.Reporting.Files;

/// <summary>
/// Writes the times of every second in HdrHistogram's log format, version 1.3, each histogram compressed as its V2. The library's own
/// writer is not used: it writes UTF-16, which the tools of other languages do not read.
/// </summary>
internal sealed class HdrLog : ILoadObserver
{
    /// <summary>Milliseconds, for the one column that people read; the histograms themselves are in nanoseconds.</summary>
    private const double NanosecondsPerMillisecond = 1_000_000;

    /// <summary>The first has no tag: tools that are told of none show it.</summary>
    private static readonly (string Tag, Func<Latencies, LatencyHistogram> Of)[] _kinds =
    [
        ("", static latencies => latencies.Headline),
        ("Tag=first-byte,", static latencies => latencies.HeadlineFirstByte),
        ("Tag=connect,", static latencies => latencies.Connect),
    ];

    private static readonly (string Tag, Func<Latencies, LatencyHistogram> Of)[] _openLoopKinds =
    [
        .. _kinds,
        ("Tag=uncorrected,", static latencies => latencies.Message),
        ("Tag=first-byte-uncorrected,", static latencies => latencies.FirstByte),
        ("Tag=client-late,", static latencies => latencies.ClientLag),
    ];

    private readonly OutputFile _file;
    private readonly DateTimeOffset _startedAt;

    public HdrLog(OutputFile file, DateTimeOffset startedAt)
    {
        _file = file;
        _startedAt = startedAt;
        file.Write(writer =>
        {
            writer.WriteLine("#[Histogram log format version 1.3]");
            writer.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"#[StartTime: {Epoch(startedAt):F3} (seconds since epoch), {startedAt:O}]"));
            writer.WriteLine("\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"");
        });
    }

    public void Connected(int connections, TimeSpan elapsed)
    {
    }

    public void RoundEnded(int number, RoundResult round)
    {
    }

    public void IntervalEnded(LoadInterval interval) => _file.Write(writer =>
    {
        foreach (var (tag, of) in interval.Latencies.IsOpenLoop ? _openLoopKinds : _kinds)
        {
            if (of(interval.Latencies) is { Count: > 0 } times)
            {
                var start = Epoch(_startedAt + interval.Start);
                writer.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{tag}{start:F3},{interval.Length.TotalSeconds:F3},{times.Max.TotalNanoseconds / NanosecondsPerMillisecond:F3},"
                    + $"{CompressedHistogram.ToBase64(times.Counts)}"));
            }
        }
    });

    private static double Epoch(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;
}
