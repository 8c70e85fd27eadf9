using System.Text.Json;
using System.Text.Json.Serialization;
using PipeClient.Load.Outcome;

namespace PipeClient.Reporting;

/// <summary>The machine-readable summary: one JSON object on one line.</summary>
internal sealed record Summary
{
    public required int Connections { get; init; }

    public required int Total { get; init; }

    public required int MaxConcurrent { get; init; }

    /// <summary>Connections that failed, by reason; empty when none did.</summary>
    public required IReadOnlyDictionary<string, int> Failed { get; init; }

    public required double ConnectSeconds { get; init; }

    public required int ConnectRetries { get; init; }

    public required double EchoSeconds { get; init; }

    public required IReadOnlyList<SummaryRound> Rounds { get; init; }

    /// <summary>The first wrong byte seen, if any.</summary>
    public required EchoMismatch? WrongEcho { get; init; }

    public required bool Interrupted { get; init; }

    public required int ExitCode { get; init; }

    public static Summary Of(LoadResult result) => new()
    {
        Connections = result.Requested,
        Total = result.Total,
        MaxConcurrent = result.MaxConcurrent,
        Failed = result.Failures.ToDictionary(f => f.Reason.Key(), f => f.Count),
        ConnectSeconds = result.ConnectTime.TotalSeconds,
        ConnectRetries = result.ConnectRetries,
        EchoSeconds = result.EchoTime.TotalSeconds,
        Rounds = [.. result.Rounds.Select(r => new SummaryRound(r.Elapsed.TotalSeconds, r.Echoes, r.EchoesPerSecond))],
        WrongEcho = result.FirstMismatch,
        Interrupted = result.Interrupted,
        ExitCode = PipeClient.ExitCode.Of(result),
    };

    public string ToJson() => JsonSerializer.Serialize(this, SummaryJson.Default.Summary);
}

internal sealed record SummaryRound(double Seconds, int Echoes, double EchoesPerSecond);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Summary))]
internal sealed partial class SummaryJson : JsonSerializerContext;
