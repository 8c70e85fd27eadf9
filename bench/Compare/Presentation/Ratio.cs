using System.Globalization;
using Compare.Plan;

namespace Compare.Presentation;

/// <summary>One server's median to the other's, and what that means.</summary>
internal sealed record Ratio(double Value, string Verdict)
{
    public const string Better = "better";
    public const string Worse = "worse";

    /// <summary>Less than this is nothing to speak of.</summary>
    public const string Even = "even";

    /// <summary>The runs of the two overlap too far: more of them, or a quieter machine, would tell.</summary>
    public const string Unclear = "unclear";

    private const double EvenWithin = 0.05;

    /// <summary>
    /// So many of all pairings, a run of the one with a run of the other, must agree with the medians. Of two runs each that is
    /// all four; of more a single run that went astray does not decide.
    /// </summary>
    private const double Agreement = 0.8;

    /// <returns>Null where there is nothing to compare.</returns>
    public static Ratio? Of(double[] values, double[] reference, Direction better)
    {
        if (better == Direction.Neither || values.Length == 0 || reference.Length == 0)
        {
            return null;
        }

        var ratio = Statistics.Median(values) / Statistics.Median(reference);
        if (!double.IsFinite(ratio))
        {
            return null;
        }

        var agreeing = values.Sum(value => reference.Count(other => ratio > 1 ? value > other : value < other));
        var isClear = agreeing >= Agreement * values.Length * reference.Length;
        return new Ratio(
            ratio,
            Math.Abs(ratio - 1) <= EvenWithin ? Even
                : !isClear ? Unclear
                : ratio > 1 == (better == Direction.Higher) ? Better
                : Worse);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value:F2}x {Verdict}");
}
