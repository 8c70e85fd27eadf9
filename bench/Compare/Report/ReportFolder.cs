using Compare.Results;

namespace Compare.Report;

/// <summary>Where the results go: as they are, as a page, and the main charts as pictures, in light and dark.</summary>
internal static class ReportFolder
{
    public const string Results = "results.json";
    public const string Page = "report.html";

    /// <returns>Why there are no pictures, where there are none: they need a library of the system's kind, and the page does not.</returns>
    public static string? Write(string folder, ResultFile results)
    {
        Directory.CreateDirectory(folder);
        results.Write(Path.Combine(folder, Results));
        File.WriteAllText(Path.Combine(folder, Page), HtmlReport.Write(results));
        try
        {
            foreach (var chart in Charts.Of(CaseResult.Group(results.Runs)).Where(chart => chart.IsMain))
            {
                PngChart.Write(chart, isDark: false, Path.Combine(folder, $"{chart.Id}.png"));
                PngChart.Write(chart, isDark: true, Path.Combine(folder, $"{chart.Id}-dark.png"));
            }

            return null;
        }
        catch (Exception exception) when (exception is TypeInitializationException or DllNotFoundException)
        {
            return (exception.InnerException ?? exception).Message;
        }
    }
}
