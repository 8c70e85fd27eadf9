using System.ComponentModel;
using PipeClient.Load.Outcome;

namespace PipeClient.Reporting.Json;

[Description("Times by kind, each null when there are none.")]
internal sealed record LatenciesDocument
{
    [Description("From the first attempt of a connect to the open connection, a TLS handshake included.")]
    public required TimesDocument? Connect { get; init; }

    [Description("From the start of sending a message to the first byte of its reply (uncorrected).")]
    public required TimesDocument? FirstByte { get; init; }

    [Description("From the start of sending a message to the last byte of its reply (uncorrected).")]
    public required TimesDocument? Message { get; init; }

    [Description("In an open loop: from the time that a message was due to the first byte of its reply (corrected).")]
    public required TimesDocument? FirstByteFromSchedule { get; init; }

    [Description("In an open loop: from the time that a message was due to the last byte of its reply (corrected).")]
    public required TimesDocument? MessageFromSchedule { get; init; }

    [Description("In an open loop: how late the client itself was in sending what was due and had room.")]
    public required TimesDocument? ClientLag { get; init; }

    public static LatenciesDocument Of(Latencies latencies) => new()
    {
        Connect = TimesDocument.Of(latencies.Connect),
        FirstByte = TimesDocument.Of(latencies.FirstByte),
        Message = TimesDocument.Of(latencies.Message),
        FirstByteFromSchedule = TimesDocument.Of(latencies.FirstByteFromSchedule),
        MessageFromSchedule = TimesDocument.Of(latencies.MessageFromSchedule),
        ClientLag = TimesDocument.Of(latencies.ClientLag),
    };
}

[Description("Times in seconds; p999 is the 99.9th percentile. Exact to three significant digits.")]
internal sealed record TimesDocument(
    long Count, double Min, double Mean, double P50, double P90, double P99, double P999, double P9999, double Max)
{
    public static TimesDocument? Of(LatencyHistogram times) => times.Count == 0
        ? null
        : new TimesDocument(
            times.Count,
            times.Min.TotalSeconds,
            times.Mean.TotalSeconds,
            times.At(50).TotalSeconds,
            times.At(90).TotalSeconds,
            times.At(99).TotalSeconds,
            times.At(99.9).TotalSeconds,
            times.At(99.99).TotalSeconds,
            times.Max.TotalSeconds);
}
