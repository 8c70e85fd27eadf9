using System.Text.Json;
using System.Text.Json.Serialization;

namespace Compare.Load;

/// <summary>The client's own account of its run, the line that <c>--summary json</c> ends it with.</summary>
internal sealed record LoadSummary
{
    public required int Total { get; init; }

    public required int MaxConcurrent { get; init; }

    public required double ConnectSeconds { get; init; }

    public required IReadOnlyList<LoadRound> Rounds { get; init; }

    /// <returns>Null for any other line.</returns>
    public static LoadSummary? Parse(string line)
    {
        if (!line.StartsWith('{'))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(line, LoadJson.Default.LoadSummary);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Whether every connection echoed in every round. The client has compared the bytes; this compares the counts.</summary>
    public bool IsComplete(LoadPlan plan) =>
        Total == plan.Connections
        && MaxConcurrent == plan.Connections
        && Rounds.Count == plan.Rounds
        && Rounds.All(round => round.Echoes == plan.Connections);
}

internal sealed record LoadRound(double Seconds, int Echoes, double EchoesPerSecond);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LoadSummary))]
internal sealed partial class LoadJson : JsonSerializerContext;
