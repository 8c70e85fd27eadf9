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
        duration = default;
        if (milliseconds == 0
            || !decimal.TryParse(
                text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || number > int.MaxValue)
        {
            return false;
        }

        duration = new Duration(TimeSpan.FromMilliseconds((double)(number * milliseconds)));
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value.TotalSeconds}s");
}
