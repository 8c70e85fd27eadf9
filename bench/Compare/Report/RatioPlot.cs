using System.Globalization;
using System.Net;
using System.Text;
using Compare.Results;

namespace Compare.Report;

/// <summary>
/// One row for each case: how much the first server did in the time of the second, the median round as a dot and what lies between the
/// lowest and the highest as a bar. Everything at a glance, and how sure it is.
/// </summary>
internal static class RatioPlot
{
    private const double Width = 1090;
    private const double NameWidth = 460;
    private const double ValueWidth = 180;
    private const double RowHeight = 26;
    private const double Top = 44;

    /// <param name="metric">Which one is compared.</param>
    /// <param name="cases">Those that have two servers have a row.</param>
    /// <returns>Nothing where no case has two servers.</returns>
    public static string Draw(Metric metric, IReadOnlyList<CaseResult> cases)
    {
        (CaseResult Case, Ratio Ratio)[] rows =
        [
            .. cases.Where(one => one.Servers.Count >= 2)
                .Select(one => (one, Ratio: one.RatioOf(metric, one.Servers[0], one.Servers[1])))
                .Where(row => row.Ratio is not null)
                .Select(row => (row.one, row.Ratio!)),
        ];
        if (rows.Length == 0)
        {
            return "";
        }

        var scale = Scale.Of(ScaleKind.Logarithmic, rows.SelectMany(row => new[] { row.Ratio.Lowest, row.Ratio.Highest }).Append(0.5).Append(2));
        var height = Top + (rows.Length * RowHeight) + 12;
        var svg = new StringBuilder();
        Add($"<svg class=\"ratios\" viewBox=\"0 0 {Width} {height}\" role=\"img\" aria-label=\"Ratios of {Escape(metric.Name)}\">");
        foreach (var tick in scale.Ticks)
        {
            Add($"<line class=\"grid\" x1=\"{X(tick):F1}\" x2=\"{X(tick):F1}\" y1=\"{Top - 8}\" y2=\"{height - 8}\"/>");
            Add($"<text class=\"tick\" x=\"{X(tick):F1}\" y=\"{Top - 16}\" text-anchor=\"middle\">{tick:0.##}x</text>");
        }

        Add($"<line class=\"even\" x1=\"{X(1):F1}\" x2=\"{X(1):F1}\" y1=\"{Top - 8}\" y2=\"{height - 8}\"/>");
        for (var i = 0; i < rows.Length; i++)
        {
            var (one, ratio) = rows[i];
            var y = Top + (i * RowHeight) + (RowHeight / 2);
            var style = ratio.Verdict switch
            {
                Verdict.Better => "better",
                Verdict.Worse => "worse",
                _ => "neither",
            };
            Add($"<g class=\"{style}\"><title>{Escape(one.Title)}: {Escape($"{ratio}")}</title>");
            Add($"<text class=\"row\" x=\"{NameWidth - 12}\" y=\"{y + 4:F1}\" text-anchor=\"end\">{Escape(one.Title)}</text>");
            Add($"<line class=\"spread\" x1=\"{X(ratio.Lowest):F1}\" x2=\"{X(ratio.Highest):F1}\" y1=\"{y:F1}\" y2=\"{y:F1}\"/>");
            Add($"<circle class=\"median\" cx=\"{X(ratio.Value):F1}\" cy=\"{y:F1}\" r=\"5\"/>");
            Add($"<text class=\"value\" x=\"{Width - ValueWidth + 14}\" y=\"{y + 4:F1}\">{Escape($"{ratio}")}</text></g>");
        }

        return svg.Append("</svg>").ToString();

        double X(double value) => NameWidth + (scale.Map(value) * (Width - NameWidth - ValueWidth));

        void Add(FormattableString element) => svg.Append(element.ToString(CultureInfo.InvariantCulture));
    }

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
