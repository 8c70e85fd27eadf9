using System.ComponentModel;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using PipeClient.Judgement;
using PipeClient.Load;
using PipeClient.Load.Outcome;

namespace PipeClient.Reporting.Json;

/// <summary>A run as a JSON document. Names end with their unit; a figure of which there is none is null.</summary>
internal sealed record RunDocument
{
    private const int Version = 1;

    [Description("The version of this format. Members may be added within a version; none is removed or changes its meaning.")]
    public required int SchemaVersion { get; init; }

    public required ClientDocument Client { get; init; }

    [Description("When the run started, in UTC.")]
    public required DateTimeOffset StartedAt { get; init; }

    [Description("What was asked for.")]
    public required LoadDocument Load { get; init; }

    [Description("Connections that were asked for.")]
    public required int Connections { get; init; }

    [Description("Connections that were opened over the whole run.")]
    public required int Total { get; init; }

    [Description("Connections that were open at the same time, at most.")]
    public required int MaxConcurrent { get; init; }

    [Description("Connections that were still open at the end: 0.")]
    public required int Concurrent { get; init; }

    [Description("From the first connect until all connections were open.")]
    public required double ConnectSeconds { get; init; }

    [Description("Connects that were made again because the server's backlog was full.")]
    public required int ConnectRetries { get; init; }

    [Description("In mode rounds: each round. Empty in the others.")]
    public required IReadOnlyList<RoundDocument> Rounds { get; init; }

    [Description("How long the load ran that is counted; in mode rounds the sum of the rounds.")]
    public required double MeasuredSeconds { get; init; }

    [Description("How long the load ran before it was counted.")]
    public required double WarmUpSeconds { get; init; }

    [Description("How long the connections were kept open without a load.")]
    public required double HoldSeconds { get; init; }

    [Description("Whole messages that came back, and were right, in the measured time.")]
    public required long Messages { get; init; }

    [Description("Messages over the measured seconds.")]
    public required double MessagesPerSecond { get; init; }

    public required long BytesSent { get; init; }

    public required long BytesReceived { get; init; }

    [Description("Messages sent and not back when a load by time ended; nobody is to blame for them.")]
    public required long Unanswered { get; init; }

    [Description("Messages that were due in an open loop and not sent when it ended.")]
    public required long Unsent { get; init; }

    [Description("Connections that failed.")]
    public required int Errors { get; init; }

    [Description("Connections that failed, by reason; empty when none did.")]
    public required IReadOnlyDictionary<string, int> Failed { get; init; }

    [Description("The first wrong byte of an echo, or null.")]
    public required WrongEchoDocument? WrongEcho { get; init; }

    public required LatenciesDocument LatencySeconds { get; init; }

    public required FairnessDocument Fairness { get; init; }

    [Description("In the order in which they were asked for.")]
    public required IReadOnlyList<TargetDocument> Targets { get; init; }

    [Description("What was asserted with --assert, in that order.")]
    public required IReadOnlyList<AssertionDocument> Assertions { get; init; }

    [Description("Whether a signal ended the run.")]
    public required bool Interrupted { get; init; }

    [Description("Whether --abort-on-error ended the run.")]
    public required bool Aborted { get; init; }

    [Description("What the process ends with.")]
    public required int ExitCode { get; init; }

    public static RunDocument Of(LoadOptions options, Verdict verdict, DateTimeOffset startedAt)
    {
        var result = verdict.Result;
        return new RunDocument
        {
            SchemaVersion = Version,
            Client = ClientDocument.OfProcess(),
            StartedAt = startedAt,
            Load = LoadDocument.Of(options),
            Connections = result.Requested,
            Total = result.Total,
            MaxConcurrent = result.MaxConcurrent,
            Concurrent = result.Concurrent,
            ConnectSeconds = result.ConnectTime.TotalSeconds,
            ConnectRetries = result.ConnectRetries,
            Rounds = [.. result.Rounds.Select(r => new RoundDocument(r.Elapsed.TotalSeconds, r.Echoes, r.EchoesPerSecond))],
            MeasuredSeconds = result.MeasuredTime.TotalSeconds,
            WarmUpSeconds = result.WarmUpTime.TotalSeconds,
            HoldSeconds = result.HoldTime.TotalSeconds,
            Messages = result.Messages,
            MessagesPerSecond = result.MessagesPerSecond,
            BytesSent = result.BytesSent,
            BytesReceived = result.BytesReceived,
            Unanswered = result.Unanswered,
            Unsent = result.Unsent,
            Errors = result.Failed,
            Failed = result.Failures.ToDictionary(f => f.Reason.Key(), f => f.Count),
            WrongEcho = result.FirstMismatch is { } wrong ? new WrongEchoDocument(wrong.Offset, wrong.Expected, wrong.Actual) : null,
            LatencySeconds = LatenciesDocument.Of(result.Latencies),
            Fairness = FairnessDocument.Of(result.Fairness),
            Targets = [.. result.Targets.Select(target => TargetDocument.Of(target, result.MeasuredTime))],
            Assertions = [.. verdict.Findings.Select(AssertionDocument.Of)],
            Interrupted = result.Interrupted,
            Aborted = verdict.Aborted,
            ExitCode = verdict.ExitCode,
        };
    }

    /// <param name="indented">Over several lines, or on one.</param>
    public string ToJson(bool indented)
    {
        // For files, not for web pages: < and + stay what they are.
        var options = new JsonWriterOptions { Indented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, options))
        {
            JsonSerializer.Serialize(writer, this, RunJson.Default.RunDocument);
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}
