using System.Buffers;
using System.Globalization;

namespace PipeClient.CommandLine;

/// <summary>How often a second, as people type it: <c>50000/s</c>, <c>50000</c>, <c>50k/s</c>, <c>0.5</c>, <c>2M</c>.</summary>
internal static class Rate
{
    private const double Max = 1e9;
    private const double Min = 1e-3;

    private static readonly SearchValues<char> _digits = SearchValues.Create("0123456789.");

    public static bool TryParse(string text, out double perSecond)
    {
        var unit = text.AsSpan().IndexOfAnyExcept(_digits) is var at and >= 0 ? text[at..] : "";
        var factor = unit.ToUpperInvariant() switch
        {
            "" or "/S" => 1,
            "K" or "K/S" => 1e3,
            "M" or "M/S" => 1e6,
            _ => 0,
        };
        var digits = text.AsSpan(0, text.Length - unit.Length);
        var isNumber = double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number);
        perSecond = number * factor;
        return isNumber && perSecond is >= Min and <= Max;
    }
}
