using System.Buffers;
using System.Globalization;

namespace PipeClient.CommandLine;

/// <summary>A time as people type it: <c>30</c>, <c>30s</c>, <c>1.5s</c>, <c>500ms</c>, <c>2m</c>, <c>1h</c>.</summary>
internal readonly record struct Duration(TimeSpan Value)
{
    private static readonly SearchValues<char> _digits = SearchValues.Create("0123456789.");

    public static bool TryParse(string text, out Duration duration)
    {
        var unit = text.AsSpan().IndexOfAnyExcept(_digits) is var at and >= 0 ? text[at..] : "";
        decimal milliseconds = unit.ToUpperInvariant() switch
        {
            "MS" => 1,
            "" or "S" => 1000,
            "M" => 60_000,
            "H" => 3_600_000,
            _ => 0,
        };
        var digits = text.AsSpan(0, text.Length - unit.Length);
        var isNumber = decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number);
        // The greatest number of the greatest unit is still a TimeSpan.
        var fits = isNumber && milliseconds > 0 && number <= int.MaxValue;
        duration = fits ? new Duration(TimeSpan.FromMilliseconds((double)(number * milliseconds))) : default;
        return fits;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value.TotalSeconds}s");
}
