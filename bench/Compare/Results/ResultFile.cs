using System.Text.Json;
using System.Text.Json.Serialization;

namespace Compare.Results;

/// <summary>
/// The outcome for programs: every run as it was; medians and ratios follow from them. Sessions are added up: one part can be measured
/// now and another later.
/// </summary>
internal sealed record ResultFile
{
    /// <summary>Changes when a reader of the old form would misread the new one.</summary>
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    public IReadOnlyList<Session> Sessions { get; init; } = [];

    public IReadOnlyList<RunResult> Runs { get; init; } = [];

    /// <exception cref="ComparisonException">It cannot be read, or is none of ours.</exception>
    public static ResultFile Read(string path)
    {
        ResultFile? file;
        try
        {
            using var stream = File.OpenRead(path);
            file = JsonSerializer.Deserialize(stream, ResultJson.Default.ResultFile);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new ComparisonException($"{path} cannot be read as results: {exception.Message.ReplaceLineEndings(" ")}");
        }

        return file is { Version: CurrentVersion } ? file
            : throw new ComparisonException($"{path} has results of version {file?.Version ?? 0}, and this program reads {CurrentVersion}");
    }

    /// <summary>Whole or not at all: an interrupted run leaves the last file as it was.</summary>
    public void Write(string path)
    {
        var unfinished = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            File.WriteAllText(unfinished, JsonSerializer.Serialize(this, ResultJson.Default.ResultFile) + "\n");
            File.Move(unfinished, path, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    /// <summary>
    /// The runs of the next session are added. What it has measured again of a server in a case replaces what the earlier ones have of it: a part that
    /// went wrong can be repeated.
    /// </summary>
    public ResultFile With(Session session, IReadOnlyList<RunResult> runs)
    {
        var again = runs.Select(CaseOf).ToHashSet();
        return this with
        {
            Sessions = [.. Sessions, session],
            Runs = [.. Runs.Where(run => !again.Contains(CaseOf(run))), .. runs.Select(run => run with { Session = Sessions.Count })],
        };
    }

    private static (string, string, bool, string) CaseOf(RunResult run) => (run.Scenario, run.Case, run.IsPinned, run.Server);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ResultFile))]
internal sealed partial class ResultJson : JsonSerializerContext;
