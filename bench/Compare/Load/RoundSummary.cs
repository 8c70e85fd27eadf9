using System.Text.Json;
using System.Text.Json.Serialization;

namespace Compare.Load;

/// <summary>The load client's account of a load in rounds, the line that <c>--summary json</c> ends it with.</summary>
internal sealed record RoundSummary
{
    public required int Total { get; init; }

    public required int MaxConcurrent { get; init; }

    public required double ConnectSeconds { get; init; }

    public required IReadOnlyList<LoadRound> Rounds { get; init; }

    /// <returns>Null where there is none, or where not every connection has echoed in every round.</returns>
    public static RoundSummary? Find(IEnumerable<string> lines, int connections) =>
        lines.Where(line => line.StartsWith('{')).Select(Parse).LastOrDefault() is { } summary
        && summary.Total == connections && summary.MaxConcurrent == connections
        && summary.Rounds.Count > 0 && summary.Rounds.All(round => round.Echoes == connections)
            ? summary
            : null;

    private static RoundSummary? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, RoundJson.Default.RoundSummary);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>One round of it.</summary>
internal sealed record LoadRound(double Seconds, int Echoes);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RoundSummary))]
internal sealed partial class RoundJson : JsonSerializerContext;
