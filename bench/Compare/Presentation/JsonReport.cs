using System.Text.Json;
using System.Text.Json.Serialization;
using Compare.Plan;

namespace Compare.Presentation;

/// <summary>The outcome for programs: every run as it was, in order; medians and ratios follow from them.</summary>
internal sealed record JsonReport(Machine Machine, Settings Settings, IReadOnlyList<RunResult> Runs)
{
    public void WriteTo(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, ReportJson.Default.JsonReport) + "\n");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(JsonReport))]
internal sealed partial class ReportJson : JsonSerializerContext;
