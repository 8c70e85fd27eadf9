using System.Text.Json;
using System.Text.RegularExpressions;
using Compare.Report;
using Compare.Results;
using Support.Processes;

namespace Compare.Tests;

public sealed class ReportTests
{
    private const string Browser = "chromium";

    /// <summary>What the browser makes of the page, written into it, as the page itself has no script.</summary>
    private const string Look = """
        <script>
        const seen = { outside: [], faint: [], width: document.documentElement.scrollWidth - innerWidth, drawings: 0 };
        const page = getComputedStyle(document.body).backgroundColor;
        const light = colour => {
            const [r, g, b] = colour.match(/[\d.]+/g).map(Number).map(c => c / 255).map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
        const back = element => getComputedStyle(element.closest("figure,.tile,.warning") ?? document.body).backgroundColor;
        seen.page = light(page);
        for (const svg of document.querySelectorAll("svg")) {
            seen.drawings++;
            const box = svg.getBoundingClientRect();
            for (const text of svg.querySelectorAll("text")) {
                const place = text.getBoundingClientRect();
                if (place.left < box.left - 1 || place.right > box.right + 1 || place.top < box.top - 1 || place.bottom > box.bottom + 1)
                    seen.outside.push(text.textContent);
                if (contrast(getComputedStyle(text).fill, back(text)) < 4.5) seen.faint.push(text.textContent + " " + getComputedStyle(text).fill);
            }
        }
        for (const element of document.querySelectorAll("h1,h2,h3,p,b,span,td,th,summary"))
            if (contrast(getComputedStyle(element).color, back(element)) < 4.5) seen.faint.push(element.textContent);
        const result = document.createElement("pre");
        result.id = "seen";
        result.textContent = JSON.stringify(seen);
        document.body.append(result);
        </script>
        """;

    [Fact]
    public void Page_OfResults_NeedsNothingFromElsewhere()
    {
        var page = HtmlReport.Write(Samples.Everything());
        Assert.DoesNotMatch("(src|href)=|url\\(|@import|<script|<link", page);
        Assert.DoesNotContain("<b>&mine", page, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;&amp;mine", page, StringComparison.Ordinal);
        Assert.Contains("the machine was disturbed", page, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_OfOneRun_HasItsFigures() =>
        Assert.Contains("60,000", HtmlReport.Write(Samples.Results(Samples.Run("threads", 60_000))), StringComparison.Ordinal);

    [Theory]
    [InlineData(false, 1200)]
    [InlineData(true, 1200)]
    [InlineData(true, 500)]
    public async Task Page_InABrowser_IsReadable(bool isDark, int width)
    {
        Assert.SkipUnless(ChildCommand.Find(Browser) is not null, $"{Browser} is not installed");
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "report.html");
        await File.WriteAllTextAsync(
            path,
            HtmlReport.Write(Samples.Everything()).Replace("</body>", $"{Look}</body>", StringComparison.Ordinal),
            TestContext.Current.CancellationToken);

        var exit = await ChildProcess.RunAsync(new ChildCommand(
            Browser,
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
            $"--user-data-dir={folder.Path}/profile",
            $"--blink-settings=preferredColorScheme={(isDark ? 0 : 1)}",
            $"--window-size={width},2000",
            "--dump-dom",
            new Uri(path).AbsoluteUri));

        var found = Regex.Match(exit.Output, "<pre id=\"seen\">(.*?)</pre>", RegexOptions.Singleline);
        Assert.True(found.Success, exit.Error);
        var seen = JsonDocument.Parse(System.Net.WebUtility.HtmlDecode(found.Groups[1].Value)).RootElement;
        Assert.Equal("[]", seen.GetProperty("outside").GetRawText());
        Assert.Equal("[]", seen.GetProperty("faint").GetRawText());
        Assert.InRange(seen.GetProperty("width").GetDouble(), -1000, 0);
        Assert.InRange(seen.GetProperty("drawings").GetInt32(), 12, 100);
        Assert.Equal(isDark, seen.GetProperty("page").GetDouble() < 0.1);
    }

    [Fact]
    public void Folder_OfResults_HasThePageAndTheMainChartsInLightAndDark()
    {
        using var folder = new TemporaryFolder();
        var results = Samples.Everything();

        ReportFolder.Write(folder.Path, results);

        var charts = Charts.Of(CaseResult.Group(results.Runs));
        Assert.Contains(charts, chart => chart.Id == "blocking-cliff");
        Assert.Contains(charts, chart => chart.Id == "echo-p99-pinned");
        Assert.Contains(charts, chart => chart.Id == "latency-echo-10-000-connections" || chart.Id == "latency-echo-10000-connections");
        Assert.Equal(
            charts.Where(chart => chart.IsMain).SelectMany(chart => new[] { $"{chart.Id}.png", $"{chart.Id}-dark.png" }).Concat(["report.html", "results.json"]).Order(),
            Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());
        Assert.All(Directory.GetFiles(folder.Path, "*.png"), picture => Assert.Equal([0x89, 0x50, 0x4E, 0x47], File.ReadAllBytes(picture)[..4]));
    }

    [Theory]
    [InlineData("Linear", new double[] { 0, 1, 7, 100 })]
    [InlineData("Logarithmic", new double[] { 1, 1, 100, 10_000 })]
    [InlineData("Nines", new double[] { 0, 50, 99, 99.99 })]
    public void Scale_OfValues_KeepsTheirOrderWithinTheAxis(string kind, double[] values)
    {
        var scale = Scale.Of(Enum.Parse<ScaleKind>(kind), values);
        double[] places = [.. values.Select(scale.Map)];
        Assert.Equal(places.Order(), places);
        Assert.All(places, place => Assert.InRange(place, 0, 1));
        Assert.InRange(scale.Ticks.Count, 2, 12);
    }

    [Theory]
    [InlineData("Linear", 0)]
    [InlineData("Logarithmic", 5)]
    [InlineData("Nines", 50)]
    public void Scale_OfOneValue_IsOneAllTheSame(string kind, double value) =>
        Assert.InRange(Scale.Of(Enum.Parse<ScaleKind>(kind), [value]).Map(value), 0, 1);
}
