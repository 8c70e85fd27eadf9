using System.Globalization;

namespace Compare.Results;

/// <summary>What a comparison of two servers says.</summary>
internal enum Verdict
{
    Better,
    Worse,

    /// <summary>Less than 5 % is nothing to speak of.</summary>
    Even,

    /// <summary>The rounds do not agree: more of them, or a quieter machine, would tell.</summary>
    Unclear,
}

/// <summary>
/// One server to the other: the ratio in each round, in which they ran one after the other, and of these the median, the lowest and
/// the highest. So a machine that slows down or warms up does so for both.
/// </summary>
internal sealed record Ratio(double Value, double Lowest, double Highest, Verdict Verdict)
{
    private const double EvenWithin = 0.05;

    /// <summary>So many of the rounds must be on the median's side of 1: a single one that went astray does not decide.</summary>
    private const double Agreement = 0.8;

    /// <summary>How far the median may be off, by what was seen: half of what lies between the lowest and the highest.</summary>
    public double Noise => (Highest - Lowest) / 2;

    /// <returns>Null where there is nothing to compare.</returns>
    public static Ratio? Of<TRound>(
        IReadOnlyDictionary<TRound, double> values, IReadOnlyDictionary<TRound, double> reference, Direction better)
    {
        if (better == Direction.Neither)
        {
            return null;
        }

        double[] ratios =
        [
            .. values.Where(value => reference.ContainsKey(value.Key)).Select(value => value.Value / reference[value.Key])
                .Where(double.IsFinite),
        ];
        if (ratios.Length == 0)
        {
            return null;
        }

        var ratio = Statistics.Median(ratios);
        var isClear = ratios.Count(one => ratio > 1 ? one > 1 : one < 1) >= Agreement * ratios.Length;
        return new Ratio(
            ratio,
            ratios.Min(),
            ratios.Max(),
            Math.Abs(ratio - 1) <= EvenWithin ? Verdict.Even
                : !isClear ? Verdict.Unclear
                : ratio > 1 == (better == Direction.Higher) ? Verdict.Better
                : Verdict.Worse);
    }

    public override string ToString() => $"{Write(Value)}x ({Write(Lowest)}-{Write(Highest)})";

    /// <summary>Starved servers make ratios of hundreds, of which no fraction matters.</summary>
    public static string Write(double ratio) => ratio.ToString(ratio < 10 ? "F2" : "N0", CultureInfo.InvariantCulture);
}
