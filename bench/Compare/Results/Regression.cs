using System.Globalization;

namespace Compare.Results;

/// <summary>A ratio of two servers that is worse than it was.</summary>
internal sealed record Regression(string Case, Metric Metric, string Servers, Ratio Before, Ratio Now)
{
    /// <summary>Where the rounds happened to agree better than they do on another day.</summary>
    private const double LeastNoise = 0.05;

    /// <param name="before">The cases of old.</param>
    /// <param name="now">Those of now, of which the ones that were there before are compared.</param>
    /// <param name="compared">How many ratios these have.</param>
    public static IReadOnlyList<Regression> Find(
        IReadOnlyList<CaseResult> before, IReadOnlyList<CaseResult> now, out int compared)
    {
        var regressions = new List<Regression>();
        compared = 0;
        foreach (var one in now)
        {
            var old = before.FirstOrDefault(other => (other.Scenario, other.Case, other.IsPinned) == (one.Scenario, one.Case, one.IsPinned));
            if (old is null || one.Servers is not [var server, var reference, ..])
            {
                continue;
            }

            foreach (var metric in Metric.All.Where(metric => metric.IsGuarded))
            {
                if (old.RatioOf(metric, server, reference) is { } was && one.RatioOf(metric, server, reference) is { } ratio)
                {
                    compared++;
                    if (IsWorse(was, ratio, metric.Better))
                    {
                        regressions.Add(new Regression(one.Title, metric, $"{server}/{reference}", was, ratio));
                    }
                }
            }
        }

        return regressions;
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"worse: {Case}: {Metric.Name}, {Servers}: {Before} before, {Now} now");

    /// <summary>By more than both were uncertain together.</summary>
    private static bool IsWorse(Ratio before, Ratio now, Direction better)
    {
        var noise = Math.Max(before.Noise, LeastNoise * before.Value) + Math.Max(now.Noise, LeastNoise * now.Value);
        return better == Direction.Higher ? now.Value < before.Value - noise : now.Value > before.Value + noise;
    }
}
