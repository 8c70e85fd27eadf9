using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Compare.Plan;

namespace Compare.CommandLine;

/// <summary>The options of the command line, and the settings they make.</summary>
internal sealed class CompareOptions
{
    private const int MaxConnections = 60_000;
    private const int MaxRounds = 100_000;
    private const int MaxRepeat = 1000;

    public Option<int> Connections { get; } = Number(
        "--connections", "-n", MaxConnections, 10_000, "how many connections are open at once");

    public Option<int> Rounds { get; } = Number(
        "--rounds", null, MaxRounds, 10,
        "how many rounds are measured, after a first that counts alone; in a round every connection echoes once");

    public Option<int> Repeat { get; } = Number(
        "--repeat", null, MaxRepeat, 2, "how often each server runs; they take turns, and the table has medians");

    public Option<IReadOnlyList<string>> Transports { get; } = new("--transports")
    {
        Description = "which servers, in this order; the ratio is the first to the second",
        HelpName = "threads,sockets",
        DefaultValueFactory = _ => Contender.Transports,
        CustomParser = Parser<IReadOnlyList<string>>(TryParseTransports, "threads, sockets or both with a comma between"),
    };

    public Option<string?> Data { get; } = new("--data")
    {
        Description = "the text that every connection sends and expects back (default: the client's, hello)",
        HelpName = "text",
        CustomParser = Parser<string?>((text, out value) => (value = text).Length > 0, "a text that is not empty"),
    };

    public Option<string?> Size { get; } = new("--size")
    {
        Description = "send so many pseudorandom bytes instead of a text: 64, 4KB, 1MB",
        HelpName = "bytes",
        CustomParser = Parser<string?>((text, out value) => IsSize(value = text), "1 to 1GB, such as 64, 4KB or 1MB"),
    };

    public Option<string?> Json { get; } = new("--json")
    {
        Description = "write every run to this file too",
        HelpName = "file",
        CustomParser = Parser<string?>(
            (text, out value) => (value = text).Length > 0
                && !Directory.Exists(text) && Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(text))),
            "a file in a folder that exists"),
    };

    public IEnumerable<Option> All => [Connections, Rounds, Repeat, Transports, Data, Size, Json];

    public Settings Read(ParseResult parsed) => new()
    {
        Connections = parsed.GetValue(Connections),
        Rounds = parsed.GetValue(Rounds),
        Repeat = parsed.GetValue(Repeat),
        Transports = parsed.GetValue(Transports)!,
        Message = parsed.GetValue(Size) is { } size ? [Size.Name, size]
            : parsed.GetValue(Data) is { } data ? [Data.Name, data]
            : [],
        JsonPath = parsed.GetValue(Json),
    };

    private static bool TryParseTransports(string text, out IReadOnlyList<string> transports)
    {
        transports = text.Split(',', StringSplitOptions.TrimEntries);
        return transports.All(Contender.Transports.Contains) && transports.Distinct().Count() == transports.Count;
    }

    /// <summary>The shape and the bound only: the size is the client's to understand.</summary>
    private static bool IsSize(string text)
    {
        var digits = text.TrimEnd("BKMGbkmg".ToCharArray());
        var shift = text[digits.Length..].ToUpperInvariant() switch
        {
            "" or "B" => 0,
            "K" or "KB" => 10,
            "M" or "MB" => 20,
            "G" or "GB" => 30,
            _ => -1,
        };
        return shift >= 0
            && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && (long)number << shift is >= 1 and <= 1 << 30;
    }

    private static Option<int> Number(string name, string? alias, int max, int preset, string description) =>
        new(name, alias is null ? [] : [alias])
        {
            Description = description,
            HelpName = "number",
            DefaultValueFactory = _ => preset,
            CustomParser = Parser<int>(
                (text, out value) =>
                    int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= 1 && value <= max,
                string.Create(CultureInfo.InvariantCulture, $"a whole number from 1 to {max}")),
        };

    private static Func<ArgumentResult, T> Parser<T>(TryParse<T> tryParse, string allowed) => result =>
    {
        var text = result.Tokens.Count > 0 ? result.Tokens[^1].Value : "";
        if (!tryParse(text, out var value))
        {
            var name = (result.Parent as OptionResult)?.Option.Name;
            result.AddError($"{name} '{text}' is not allowed: give {allowed}");
        }

        return value;
    };

    private delegate bool TryParse<T>(string text, out T value);
}
