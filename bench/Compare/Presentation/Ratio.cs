using System.Globalization;

namespace Compare.Presentation;

/// <summary>One server's value to the other's, and what that means.</summary>
internal readonly record struct Ratio(double Value, Better Better)
{
    /// <summary>Two runs of the very same server differ by as much, so that less says nothing.</summary>
    private const double Even = 0.05;

    /// <returns>Null where there is nothing to compare.</returns>
    public static Ratio? Of(double? value, double? reference, Better better) =>
        better != Better.Neither && value / reference is { } ratio && double.IsFinite(ratio) ? new Ratio(ratio, better) : null;

    public string Verdict =>
        Math.Abs(Value - 1) <= Even ? "even"
        : Value > 1 == (Better == Better.Higher) ? "better"
        : "worse";

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value:F2}x {Verdict}");
}
