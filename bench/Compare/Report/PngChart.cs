using ScottPlot;
using ScottPlot.TickGenerators;

namespace Compare.Report;

/// <summary>
/// Draws a chart into a file, for pages that show pictures only. Places come from the same scales as the page's own drawings, so that
/// both show the same.
/// </summary>
internal static class PngChart
{
    private const int Width = 800;
    private const int Height = 450;
    private const double Sharpness = 2;

    /// <summary>To the right of the last point, for the names.</summary>
    private const double LabelRoom = 0.17;

    private const double LabelDistance = 0.05;

    private static readonly (string Page, string Text, string Lines) _light = ("#ffffff", "#3b4252", "#e3e6ec");
    private static readonly (string Page, string Text, string Lines) _dark = ("#0d1117", "#c9d1d9", "#2a313c");

    public static void Write(Chart chart, bool isDark, string path)
    {
        var x = Scale.Of(chart.X.Kind, chart.AllPoints.Select(point => point.X));
        var y = Scale.Of(chart.Y.Kind, chart.AllPoints.SelectMany(point => new[] { point.Low, point.High }));
        var plot = new Plot { ScaleFactor = Sharpness };
        Dress(plot, chart, isDark ? _dark : _light);
        plot.Axes.Bottom.TickGenerator = Ticks(x, chart.X);
        plot.Axes.Left.TickGenerator = Ticks(y, chart.Y);
        if (chart.Limit is { } limit)
        {
            var line = plot.Add.ScatterLine(Map(limit, x, point => point.X), Map(limit, y, point => point.Y));
            line.LinePattern = LinePattern.Dashed;
            line.Color = Color.FromHex((isDark ? _dark : _light).Text);
        }

        foreach (var series in chart.Series)
        {
            Draw(plot, series, x, y, Color.FromHex(Palette.ColourOf(series.Name, isDark)), chart.X.Kind == ScaleKind.Nines);
        }

        Label(plot, chart, x, y, isDark);
        plot.Axes.SetLimits(-0.02, 1 + LabelRoom, 0, 1.02);
        plot.SavePng(path, (int)(Width * Sharpness), (int)(Height * Sharpness));
    }

    private static void Dress(Plot plot, Chart chart, (string Page, string Text, string Lines) colours)
    {
        plot.Font.Set(Fonts.Sans);
        plot.FigureBackground.Color = Color.FromHex(colours.Page);
        plot.DataBackground.Color = Color.FromHex(colours.Page);
        plot.Axes.Color(Color.FromHex(colours.Text));
        plot.Axes.Right.FrameLineStyle.Width = 0;
        plot.Axes.Top.FrameLineStyle.Width = 0;
        plot.Axes.Left.FrameLineStyle.Width = 0;
        plot.Grid.MajorLineColor = Color.FromHex(colours.Lines);
        plot.Grid.XAxisStyle.IsVisible = false;
        plot.Title(chart.Title, size: 17);
        plot.XLabel(chart.X.Title, size: 13);
        plot.YLabel(chart.Y.Title, size: 13);
        plot.Axes.Title.Label.ForeColor = Color.FromHex(colours.Text);
    }

    private static void Draw(Plot plot, ChartSeries series, Scale x, Scale y, Color colour, bool isDense)
    {
        var (xs, ys) = (Map(series, x, point => point.X), Map(series, y, point => point.Y));
        for (var i = 0; i < xs.Length; i++)
        {
            var (low, high) = (y.Map(series.Points[i].Low), y.Map(series.Points[i].High));
            if (high > low)
            {
                var whisker = plot.Add.Line(xs[i], low, xs[i], high);
                whisker.Color = colour.WithAlpha(0.45);
                whisker.LineWidth = 5;
            }
        }

        var line = plot.Add.Scatter(xs, ys, colour);
        line.LineWidth = 2.5f;
        line.MarkerSize = isDense ? 4 : 8;
    }

    /// <summary>At the end of each line its name, moved apart where lines end together.</summary>
    private static void Label(Plot plot, Chart chart, Scale x, Scale y, bool isDark)
    {
        var last = double.MinValue;
        var ends = chart.Series.Where(series => series.Points.Count > 0)
            .Select(series => (series.Name, Colour: Palette.ColourOf(series.Name, isDark), End: series.Points[^1]))
            .Concat(chart.Limit is { } limit ? [(limit.Name, Colour: (isDark ? _dark : _light).Text, End: limit.Points[^1])] : [])
            .Select(end => (end.Name, end.Colour, X: x.Map(end.End.X), Y: y.Map(end.End.Y)))
            .OrderBy(end => end.Y);
        foreach (var end in ends)
        {
            last = Math.Max(end.Y, last + LabelDistance);
            var text = plot.Add.Text(end.Name, end.X + 0.012, last);
            text.LabelFontColor = Color.FromHex(end.Colour);
            text.LabelFontSize = 13;
            text.LabelBold = true;
            text.LabelAlignment = Alignment.MiddleLeft;
        }
    }

    private static NumericManual Ticks(Scale scale, Axis axis) =>
        new([.. scale.Ticks.Select(scale.Map)], [.. scale.Ticks.Select(axis.Format)]);

    private static double[] Map(ChartSeries series, Scale scale, Func<ChartPoint, double> value) =>
        [.. series.Points.Select(point => scale.Map(value(point)))];
}
