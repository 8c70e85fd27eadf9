using System.Globalization;
using Spectre.Console;

namespace Faults.CommandLine;

/// <summary>One way for all tables and figures of this program.</summary>
internal static class Report
{
    /// <summary>Where there is no terminal to ask.</summary>
    private const int FileWidth = 130;

    public static Table CreateTable(params string[] headings)
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = FileWidth;
        }

        var table = new Table().Border(TableBorder.Ascii2);
        foreach (var heading in headings)
        {
            table.AddColumn(new TableColumn(heading).RightAligned());
        }

        return table;
    }

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    public static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
