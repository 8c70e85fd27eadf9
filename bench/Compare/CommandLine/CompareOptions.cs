using System.CommandLine;
using Compare.Load;
using Compare.Plan;
using Compare.Processes;
using Compare.Scenarios;
using Compare.Servers;

namespace Compare.CommandLine;

/// <summary>The options of the command line, and the settings they make.</summary>
internal sealed class CompareOptions
{
    private const int MaxConnections = 60_000;
    private const int MaxRounds = 1000;
    private const int MaxSize = 1 << 30;

    private static readonly Timing _full = new(TimeSpan.FromSeconds(1.2), TimeSpan.FromSeconds(2.4));
    private static readonly Timing _quick = new(TimeSpan.FromSeconds(0.6), TimeSpan.FromSeconds(1.4));

    public Option<bool> Quick { get; } = new("--quick") { Description = "only the cases that show the most, in two minutes" };

    public Option<IReadOnlyList<Scenario>?> Scenarios { get; } = new("--scenario")
    {
        Description = "which scenarios, by their names with commas between (default: all)",
        HelpName = "names",
        CustomParser = OptionParsers.Of<IReadOnlyList<Scenario>?>(
            TryParseScenarios, $"{string.Join(", ", Scenario.All.Select(scenario => scenario.Name))}, or several with commas between"),
    };

    public Option<bool> List { get; } = new("--list") { Description = "list the scenarios and their cases, and run nothing" };

    public Option<IReadOnlyList<string>?> Servers { get; } = new("--servers")
    {
        Description = "which of our servers, in this order; ratios are the first to the second (default: threads,sockets)",
        HelpName = "threads,sockets,bare",
        CustomParser = OptionParsers.Of<IReadOnlyList<string>?>(
            TryParseServers, "threads, sockets, bare (a plain C# loop on a thread each) or several with commas between"),
    };

    public Option<IReadOnlyList<Contender>> External { get; } = new("--server")
    {
        Description = "a server of yours as well, for whatever only echoes; it listens on 127.0.0.1 at {port}; can be repeated",
        HelpName = "name=command with {port}",
        DefaultValueFactory = _ => [],
        CustomParser = OptionParsers.Each<Contender>(
            ExternalServer.TryParse, "a name, =, and a command with {port} in it, such as \"mine=./echo --port {port}\""),
    };

    public Option<int?> Connections { get; } = OptionParsers.OptionalNumber(
        "--connections", "-n", MaxConnections, "how many connections, instead of the scenarios' own numbers");

    public Option<int> Size { get; } = OptionParsers.Number("--size", MaxSize, "how long an echoed message is, in bytes", 64);

    public Option<int?> Rounds { get; } = OptionParsers.OptionalNumber(
        "--rounds", null, MaxRounds, "how often each server runs in each case (default: 5, with --quick 2)");

    public Option<TimeSpan?> WarmUp { get; } = OptionParsers.Time(
        "--warmup", "how long a load runs before it counts, and before that with two connections "
        + "if it has 50 or more (default: 1200ms, with --quick 600ms; eight times that from 5000 busy connections on)");

    public Option<TimeSpan?> Duration { get; } = OptionParsers.Time(
        "--duration", "how long a load counts (default: 2400ms, with --quick 1400ms)");

    public Option<Placement> Pin { get; } = new("--pin")
    {
        Description = "whether server and client get cores of their own, half of them each (default: no)",
        HelpName = "yes|no|both",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = OptionParsers.Of<Placement>(TryParsePlacement, "yes, no or both", ifEmpty: "yes"),
    };

    public Option<string> Output { get; } = new("--output")
    {
        Description = "the folder for results.json, report.html and the plots (default: that of --append, or artifacts/compare)",
        HelpName = "folder",
        DefaultValueFactory = _ => "",
        CustomParser = OptionParsers.Of<string>(
            (string text, out string value) => (value = text).Length > 0 && !File.Exists(text), "a folder, which need not exist yet"),
    };

    public Option<string?> Append { get; } = ExistingFile("--append", "add to these results, and replace what is measured again");

    public Option<string?> Against { get; } = ExistingFile("--against", "end with 3 if a ratio got worse than in these results");

    public Option<string?> Report { get; } = ExistingFile("--report", "print the tables of these results and draw their report again, and run nothing");

    public IEnumerable<Option> All =>
    [
        Quick, Scenarios, List, Servers, External, Connections, Size, Rounds, WarmUp, Duration, Pin, Output, Append, Against, Report,
    ];

    public Settings Read(ParseResult parsed)
    {
        var isQuick = parsed.GetValue(Quick);
        var timing = isQuick ? _quick : _full;
        return new Settings
        {
            IsQuick = isQuick,
            Scenarios = parsed.GetValue(Scenarios) ?? Scenario.All,
            Servers = [.. ServersOf(parsed).Select(Contender.Of), .. parsed.GetValue(External)!],
            Connections = parsed.GetValue(Connections),
            MessageSize = parsed.GetValue(Size),
            Rounds = parsed.GetValue(Rounds) ?? (isQuick ? 2 : 5),
            Timing = new Timing(parsed.GetValue(WarmUp) ?? timing.WarmUp, parsed.GetValue(Duration) ?? timing.Duration),
            Cores = CoresOf(parsed.GetValue(Pin)),
        };
    }

    /// <returns>What does not go together, or null.</returns>
    public string? FindConflict(ParseResult parsed)
    {
        if (parsed.GetValue(Pin) != Placement.No && CorePlan.Separate(CoreSet.Allowed()) is null)
        {
            return "--pin needs two cores, and this program may use one";
        }

        var names = ServersOf(parsed).Concat(parsed.GetValue(External)!.Select(server => server.Name));
        return names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? $"two servers are called {twice.Key}: give them different names"
            : null;
    }

    private IReadOnlyList<string> ServersOf(ParseResult parsed) => parsed.GetValue(Servers) ?? [Contender.Threads, Contender.Sockets];

    private static CorePlan[] CoresOf(Placement placement)
    {
        var separate = CorePlan.Separate(CoreSet.Allowed());
        return placement == Placement.No || separate is null ? [CorePlan.Free]
            : placement == Placement.Yes ? [separate]
            : [CorePlan.Free, separate];
    }

    private static bool TryParseScenarios(string text, out IReadOnlyList<Scenario>? scenarios)
    {
        var names = text.Split(',', StringSplitOptions.TrimEntries);
        scenarios = [.. Scenario.All.Where(scenario => names.Contains(scenario.Name))];
        return scenarios.Count == names.Length;
    }

    private static bool TryParseServers(string text, out IReadOnlyList<string>? names)
    {
        names = text.Split(',', StringSplitOptions.TrimEntries);
        return names.All(Contender.BuiltIn.Contains) && names.Distinct().Count() == names.Count;
    }

    private static bool TryParsePlacement(string text, out Placement placement) =>
        Enum.TryParse(text, ignoreCase: true, out placement) && Enum.GetNames<Placement>().Contains(text, StringComparer.OrdinalIgnoreCase);

    private static Option<string?> ExistingFile(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "results.json",
        CustomParser = OptionParsers.Of<string?>(
            (string text, out string? value) => File.Exists(value = text), "a file with results that exists"),
    };
}
