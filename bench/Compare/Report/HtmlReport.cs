using System.Globalization;
using System.Net;
using System.Text;
using Compare.Results;

namespace Compare.Report;

/// <summary>The results as one page that needs nothing else: no script, no font, no picture from anywhere.</summary>
internal sealed class HtmlReport
{
    private readonly ResultFile _results;
    private readonly IReadOnlyList<CaseResult> _cases;
    private readonly StringBuilder _page = new();

    private HtmlReport(ResultFile results)
    {
        _results = results;
        _cases = CaseResult.Group(results.Runs);
    }

    public static string Write(ResultFile results) => new HtmlReport(results).Write();

    private string Write()
    {
        Add($"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
        Add($"<title>A thread for each connection, side by side</title><style>{PageStyle.Text}</style></head><body>");
        Add($"<h1>A thread for each connection, side by side</h1>");
        Add($"<p class=\"faint\">{Escape(_results.Sessions[^1].Machine.ToString())}</p>");
        AddDisturbances();
        AddTiles();
        AddRatios();
        AddCharts();
        AddDetails();
        AddSessions();
        return _page.Append("</body></html>\n").ToString();
    }

    private void AddDisturbances()
    {
        var disturbed = _results.Runs.Where(run => run.IsDisturbed).ToList();
        if (disturbed.Count > 0)
        {
            Add($"<p class=\"warning\">In {disturbed.Count} of {_results.Runs.Count} runs the machine was disturbed: others used up to {disturbed.Max(run => run.OtherCores):F1} cores, its own host took up to {disturbed.Max(run => run.StolenCores):F1}. The tables say how many of each case.</p>");
        }
    }

    private void AddTiles()
    {
        var tiles = Tiles.Of(_cases);
        if (tiles.Count > 0)
        {
            Add($"<div class=\"tiles\">");
            foreach (var (value, words) in tiles)
            {
                Add($"<div class=\"tile\"><b>{Escape(value)}</b><span>{Escape(words)}</span></div>");
            }

            Add($"</div>");
        }
    }

    private void AddRatios()
    {
        AddPlot(
            "Every case at a glance: messages a second",
            "The first server to the second, in rounds one after the other; right of the line the first did more. Dot: the median round; bar: lowest to highest.",
            RatioPlot.Draw(Metric.Rate, _cases));
        AddPlot(
            "Server CPU per message",
            "Left of the line the first server needed less.",
            RatioPlot.Draw(Metric.Cpu, _cases));
        AddPlot(
            "Latency of the slowest in a thousand",
            "Left of the line the first server was faster.",
            RatioPlot.Draw(Metric.P999, _cases));
    }

    private void AddPlot(string title, string words, string svg)
    {
        if (svg.Length > 0)
        {
            Add($"<h2>{Escape(title)}</h2><p class=\"faint\">{Escape(words)}</p><div class=\"wide\">");
            _page.Append(svg).Append("</div>");
        }
    }

    private void AddCharts()
    {
        var charts = Charts.Of(_cases);
        if (charts.Count > 0)
        {
            Add($"<h2>Pictures</h2><div class=\"charts\">");
            foreach (var chart in charts)
            {
                Add($"<figure id=\"{chart.Id}\"><figcaption><h3>{Escape(chart.Title)}</h3><span>{Escape(chart.Subtitle)}</span></figcaption>");
                _page.Append(SvgChart.Draw(chart)).Append("</figure>");
            }

            Add($"</div>");
        }
    }

    private void AddDetails()
    {
        Add($"<h2>Every figure</h2><p class=\"faint\">Medians, with the lowest and highest round in brackets.</p>");
        foreach (var one in _cases)
        {
            Add($"<details><summary>{Escape(one.Title)}</summary><div class=\"wide\"><table><tr><th></th>");
            foreach (var server in one.Servers)
            {
                Add($"<th>{Escape(server)}</th>");
            }

            if (one.Servers.Count >= 2)
            {
                Add($"<th>{Escape($"{one.Servers[0]}/{one.Servers[1]}")}</th>");
            }

            Add($"</tr>");
            foreach (var metric in Metric.All.Where(metric => metric.Values(one.Runs).Length > 0))
            {
                AddRow(one, metric);
            }

            var disturbed = one.Runs.Count(run => run.IsDisturbed);
            Add($"</table></div><p class=\"faint\">{one.Runs.Count} runs{(disturbed > 0 ? $", {disturbed} of them disturbed" : "")}.</p></details>");
        }
    }

    private void AddRow(CaseResult one, Metric metric)
    {
        Add($"<tr><td>{Escape(metric.Name)}</td>");
        foreach (var server in one.Servers)
        {
            var values = one.Values(server, metric);
            var spread = values.Length > 1 ? $" ({metric.Format(values.Min())} to {metric.Format(values.Max())})" : "";
            Add($"<td>{Escape(metric.WriteMedian(values) + spread)}</td>");
        }

        if (one.Servers.Count >= 2)
        {
            var ratio = one.RatioOf(metric, one.Servers[0], one.Servers[1]);
            var style = ratio?.Verdict switch
            {
                Verdict.Better => " class=\"better\"",
                Verdict.Worse => " class=\"worse\"",
                _ => "",
            };
            _page.Append(CultureInfo.InvariantCulture, $"<td{style}>{Escape(ratio?.ToString() ?? "")}</td>");
        }

        Add($"</tr>");
    }

    private void AddSessions()
    {
        Add($"<h2>How it was measured</h2>");
        foreach (var session in _results.Sessions)
        {
            var settings = session.Settings;
            Add($"<p>{Escape(session.Machine.ToString())}; load average before: {Escape(session.Machine.LoadAverage)}. {settings.Rounds} rounds, the servers in turns; {settings.WarmUpSeconds:0.##} s of warm-up, from 50 busy connections on after as much with two, {settings.DurationSeconds:0.##} s that count; messages of {settings.MessageSize} bytes; stacks of {Escape(settings.StackSize)} for connection threads{(settings.PinnedCores is null ? "" : Escape($"; cores of their own: {settings.PinnedCores}"))}.</p>");
            Add($"<p><code>dotnet run -c Release --project bench/Compare -- {Escape(settings.CommandLine)}</code></p>");
        }
    }

    private void Add(FormattableString html) => _page.Append(html.ToString(CultureInfo.InvariantCulture));

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
