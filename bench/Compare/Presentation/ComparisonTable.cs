using Compare.Plan;
using Spectre.Console;

namespace Compare.Presentation;

/// <summary>The results side by side, one column per server, for a terminal as well as for a file.</summary>
internal static class ComparisonTable
{
    /// <summary>Where there is no terminal to ask.</summary>
    private const int FileWidth = 100;

    public static void Write(TextWriter output, bool toTerminal, IReadOnlyList<RunResult> runs)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = toTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = toTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        if (!toTerminal)
        {
            console.Profile.Width = FileWidth;
        }

        console.Write(Build([.. runs.GroupBy(run => run.Server)]));
    }

    private static Table Build(IReadOnlyList<IGrouping<string, RunResult>> servers)
    {
        var table = new Table().Border(TableBorder.Ascii2).AddColumn("").AddColumn("better");
        foreach (var server in servers)
        {
            table.AddColumn(new TableColumn(Markup.Escape(server.Key)).RightAligned());
        }

        var compared = servers.Count == 2;
        if (compared)
        {
            table.AddColumn(Markup.Escape($"{servers[0].Key}/{servers[1].Key}"));
        }

        foreach (var measure in Measure.All)
        {
            var values = servers.Select(server => measure.Values(server)).ToArray();
            List<string> cells = [measure.Name, Word(measure.Better), .. values.Select(measure.WriteMedian)];
            if (compared)
            {
                cells.Add(Colored(Ratio.Of(values[0], values[1], measure.Better)));
            }

            table.AddRow([.. cells]);
        }

        return table;
    }

    private static string Word(Direction better) => better switch
    {
        Direction.Lower => "lower",
        Direction.Higher => "higher",
        _ => "",
    };

    private static string Colored(Ratio? ratio) => ratio?.Verdict switch
    {
        Ratio.Better => $"[green]{ratio}[/]",
        Ratio.Worse => $"[red]{ratio}[/]",
        _ => ratio?.ToString() ?? "",
    };
}
