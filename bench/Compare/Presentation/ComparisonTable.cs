using Compare.Results;
using Spectre.Console;

namespace Compare.Presentation;

/// <summary>The results side by side, a table for each scenario, for a terminal as well as for a file.</summary>
internal static class ComparisonTable
{
    /// <summary>Where there is no terminal to ask.</summary>
    private const int FileWidth = 140;

    public static void Write(TextWriter output, bool toTerminal, IReadOnlyList<CaseResult> cases)
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

        foreach (var scenario in cases.GroupBy(one => one.Scenario))
        {
            console.Write(Build(scenario.Key, [.. scenario]));
        }
    }

    private static Table Build(string scenario, IReadOnlyList<CaseResult> cases)
    {
        Metric[] metrics = [.. Metric.Main.Where(metric => IsWorthAColumn(metric, cases))];
        var table = new Table().Border(TableBorder.Ascii2).AddColumn(Markup.Escape(scenario));
        foreach (var metric in metrics)
        {
            table.AddColumn(new TableColumn(Markup.Escape(metric.Heading)).RightAligned());
        }

        foreach (var one in cases)
        {
            table.AddRow([$"[bold]{Markup.Escape(one.Case + (one.IsPinned ? ", a core each" : ""))}[/]", .. metrics.Select(_ => "")]);
            foreach (var server in one.Servers)
            {
                table.AddRow([
                    $"  {Markup.Escape(server)}", .. metrics.Select(metric => metric.WriteMedian(one.Values(server, metric)))]);
            }

            if (one.Servers is [var first, var second])
            {
                table.AddRow([
                    $"  {Markup.Escape($"{first}/{second}")}",
                    .. metrics.Select(metric => Write(one.RatioOf(metric, first, second)))]);
            }
        }

        return table;
    }

    /// <summary>What nobody has measured, and failures where there were none, would only take room.</summary>
    private static bool IsWorthAColumn(Metric metric, IReadOnlyList<CaseResult> cases) =>
        cases.SelectMany(one => metric.Values(one.Runs)).ToArray() is { Length: > 0 } values
        && (metric != Metric.Failed || values.Any(value => value > 0));

    private static string Write(Ratio? ratio)
    {
        if (ratio is null)
        {
            return "";
        }

        var (color, sign) = ratio.Verdict switch
        {
            Verdict.Better => ("green", "+"),
            Verdict.Worse => ("red", "-"),
            Verdict.Even => ("default", "="),
            _ => ("default", "?"),
        };
        return $"[{color}]{Ratio.Write(ratio.Value)}±{Ratio.Write(ratio.Noise)} {sign}[/]";
    }
}
