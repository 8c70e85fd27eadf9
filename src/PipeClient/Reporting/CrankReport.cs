using System.Text.Json;
using System.Text.Json.Serialization;
using PipeClient.Load.Outcome;

namespace PipeClient.Reporting;

/// <summary>
/// The block that a crank agent looks for in a job's standard output: what is measured, how several clients' figures are made one,
/// and the figures.
/// </summary>
internal static class CrankReport
{
    private const string Start = "#StartJobStatistics";
    private const string End = "#EndJobStatistics";
    private const string Source = "PipeClient";

    private static readonly CrankMetadata[] _metadata =
    [
        Of("connections", "Sum", "Connections", "Connections that were open at once", "n0"),
        Of("messages", "Sum", "Messages", "Whole messages that came back", "n0"),
        Of("rate", "Sum", "Messages/sec", "Messages a second", "n0"),
        Of("errors", "Sum", "Errors", "Connections that failed", "n0"),
        Of("throughput", "Sum", "Throughput (MB/s)", "Bytes received a second", "n2"),
        Of("fairness", "Min", "Fairness", "Messages of the slowest connection for each of the fastest", "n2"),
        Of("connect/p99", "Max", "Connect, 99th percentile (ms)", "Time of a connect, 99th percentile", "n2"),
        Of("firstbyte/p99", "Max", "First byte, 99th percentile (ms)", "Time to the first byte, 99th percentile", "n2"),
        Of("latency/mean", "Max", "Mean latency (ms)", "Time of a whole message, mean", "n2"),
        Of("latency/50", "Max", "Latency 50th (ms)", "Time of a whole message, 50th percentile", "n2"),
        Of("latency/90", "Max", "Latency 90th (ms)", "Time of a whole message, 90th percentile", "n2"),
        Of("latency/99", "Max", "Latency 99th (ms)", "Time of a whole message, 99th percentile", "n2"),
        Of("latency/99.9", "Max", "Latency 99.9th (ms)", "Time of a whole message, 99.9th percentile", "n2"),
        Of("latency/max", "Max", "Max latency (ms)", "Time of a whole message, longest", "n2"),
    ];

    public static void Write(TextWriter output, LoadResult result, DateTimeOffset now)
    {
        var statistics = new CrankStatistics(_metadata, [.. Measure(result, now)]);
        output.WriteLine(Start);
        output.WriteLine(JsonSerializer.Serialize(statistics, CrankJson.Default.CrankStatistics));
        output.WriteLine(End);
        output.Flush();
    }

    private static IEnumerable<CrankMeasurement> Measure(LoadResult result, DateTimeOffset now)
    {
        CrankMeasurement Figure(string name, double value) => new(now, Name(name), value);
        IEnumerable<CrankMeasurement> Time(string name, LatencyHistogram times, Func<LatencyHistogram, TimeSpan> read) =>
            times.Count > 0 ? [Figure(name, read(times).TotalMilliseconds)] : [];

        const double MegaByte = 1 << 20;
        var seconds = result.MeasuredTime.TotalSeconds;
        var latencies = result.Latencies;
        return
        [
            Figure("connections", result.MaxConcurrent),
            Figure("messages", result.Messages),
            Figure("rate", result.MessagesPerSecond),
            Figure("errors", result.Failed),
            Figure("throughput", seconds > 0 ? result.BytesReceived / MegaByte / seconds : 0),
            Figure("fairness", Judgement.FairnessRatio.Ratio(result.Fairness) ?? 0),
            .. Time("connect/p99", latencies.Connect, static times => times.At(99)),
            .. Time("firstbyte/p99", latencies.HeadlineFirstByte, static times => times.At(99)),
            .. Time("latency/mean", latencies.Headline, static times => times.Mean),
            .. Time("latency/50", latencies.Headline, static times => times.At(50)),
            .. Time("latency/90", latencies.Headline, static times => times.At(90)),
            .. Time("latency/99", latencies.Headline, static times => times.At(99)),
            .. Time("latency/99.9", latencies.Headline, static times => times.At(99.9)),
            .. Time("latency/max", latencies.Headline, static times => times.Max),
        ];
    }

    private static string Name(string name) => $"pipeclient/{name}";

    /// <summary>A run measures each once, so that it does not matter how one client's figures are aggregated.</summary>
    private static CrankMetadata Of(string name, string reduce, string brief, string description, string format) =>
        new(Source, Name(name), "Last", reduce, brief, description, format);
}

internal sealed record CrankStatistics(IReadOnlyList<CrankMetadata> Metadata, IReadOnlyList<CrankMeasurement> Measurements);

internal sealed record CrankMetadata(
    string Source, string Name, string Aggregate, string Reduce, string ShortDescription, string LongDescription, string Format);

internal sealed record CrankMeasurement(DateTimeOffset Timestamp, string Name, double Value);

[JsonSerializable(typeof(CrankStatistics))]
internal sealed partial class CrankJson : JsonSerializerContext;
