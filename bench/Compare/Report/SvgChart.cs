using System.Globalization;
using System.Net;
using System.Text;

namespace Compare.Report;

/// <summary>
/// Draws a chart for the page: colours are the page's, so that it is readable in light and dark, and each point tells its values when it
/// is pointed at.
/// </summary>
internal sealed class SvgChart
{
    private const double Width = 640;
    private const double Height = 360;
    private const double Left = 64;
    private const double Right = 92;
    private const double Top = 16;
    private const double Bottom = 48;
    private const double LabelHeight = 15;

    private readonly Chart _chart;
    private readonly Scale _x;
    private readonly Scale _y;
    private readonly StringBuilder _svg = new();

    private SvgChart(Chart chart)
    {
        _chart = chart;
        _x = Scale.Of(chart.X.Kind, chart.AllPoints.Select(point => point.X));
        _y = Scale.Of(chart.Y.Kind, chart.AllPoints.SelectMany(point => new[] { point.Low, point.High }));
    }

    public static string Draw(Chart chart) => new SvgChart(chart).Draw();

    private string Draw()
    {
        _svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Escape(_chart.Title)}\">");
        DrawGrid();
        if (_chart.Limit is { } limit)
        {
            Line(limit.Points, "limit");
        }

        foreach (var series in _chart.Series)
        {
            DrawSeries(series);
        }

        DrawLabels();
        return _svg.Append("</svg>").ToString();
    }

    private void DrawGrid()
    {
        foreach (var tick in _y.Ticks)
        {
            var y = Y(tick);
            Add($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y:F1}\" y2=\"{y:F1}\"/>");
            Add($"<text class=\"tick\" x=\"{Left - 8}\" y=\"{y + 4:F1}\" text-anchor=\"end\">{Escape(_chart.Y.Format(tick))}</text>");
        }

        foreach (var tick in _x.Ticks)
        {
            var x = X(tick);
            Add($"<line class=\"axis\" x1=\"{x:F1}\" x2=\"{x:F1}\" y1=\"{Height - Bottom}\" y2=\"{Height - Bottom + 4}\"/>");
            Add($"<text class=\"tick\" x=\"{x:F1}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{Escape(_chart.X.Format(tick))}</text>");
        }

        Add($"<line class=\"axis\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Height - Bottom}\" y2=\"{Height - Bottom}\"/>");
        Add($"<text class=\"name\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 8}\" text-anchor=\"middle\">{Escape(_chart.X.Title)}</text>");
        Add($"<text class=\"name\" transform=\"translate(12 {(Top + Height - Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\">{Escape(_chart.Y.Title)}</text>");
    }

    private void DrawSeries(ChartSeries series)
    {
        var colour = Palette.ClassOf(series.Name);
        foreach (var point in series.Points.Where(point => point.High > point.Low))
        {
            Add($"<line class=\"whisker {colour}\" x1=\"{X(point.X):F1}\" x2=\"{X(point.X):F1}\" y1=\"{Y(point.Low):F1}\" y2=\"{Y(point.High):F1}\"/>");
        }

        Line(series.Points, $"line {colour}");
        foreach (var point in series.Points)
        {
            var spread = point.High > point.Low ? $" ({_chart.Y.Format(point.Low)} to {_chart.Y.Format(point.High)})" : "";
            var words = $"{series.Name}, {_chart.X.Format(point.X)} {_chart.X.Title}: {_chart.Y.Format(point.Y)}{spread}";
            Add($"<circle class=\"dot {colour}\" cx=\"{X(point.X):F1}\" cy=\"{Y(point.Y):F1}\" r=\"{(_chart.X.Kind == ScaleKind.Nines ? 2.5 : 4)}\"><title>{Escape(words)}</title></circle>");
        }
    }

    /// <summary>At the end of each line its name, moved apart where lines end together.</summary>
    private void DrawLabels()
    {
        var labels = _chart.Series.Where(series => series.Points.Count > 0)
            .Select(series => (series.Name, Class: $"label {Palette.ClassOf(series.Name)}", series.Points[^1]))
            .Concat(_chart.Limit is { } limit ? [(limit.Name, Class: "label limit", limit.Points[^1])] : [])
            .Select(label => (label.Name, label.Class, X: X(label.Item3.X) + 9, Y: Y(label.Item3.Y) + 4))
            .OrderBy(label => label.Y)
            .ToList();
        var last = double.MinValue;
        foreach (var label in labels)
        {
            last = Math.Max(label.Y, last + LabelHeight);
            Add($"<text class=\"{label.Class}\" x=\"{label.X:F1}\" y=\"{last:F1}\">{Escape(label.Name)}</text>");
        }
    }

    private void Line(IReadOnlyList<ChartPoint> points, string style)
    {
        var path = string.Join(
            'L', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.X):F1} {Y(point.Y):F1}")));
        Add($"<path class=\"{style}\" d=\"M{path}\"/>");
    }

    private double X(double value) => Left + (_x.Map(value) * (Width - Left - Right));

    private double Y(double value) => Height - Bottom - (_y.Map(value) * (Height - Top - Bottom));

    private void Add(FormattableString element) => _svg.Append(element.ToString(CultureInfo.InvariantCulture));

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
