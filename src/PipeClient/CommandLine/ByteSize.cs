using System.Buffers;
using System.Globalization;

namespace PipeClient.CommandLine;

/// <summary>A size as people type it: <c>64</c>, <c>64B</c>, <c>4KB</c>, <c>1MB</c>; a KB is 1024 bytes.</summary>
internal static class ByteSize
{
    private static readonly SearchValues<char> _digits = SearchValues.Create("0123456789");

    public static bool TryParse(string text, out long bytes)
    {
        var unit = text.AsSpan().IndexOfAnyExcept(_digits) is var at and >= 0 ? text[at..] : "";
        long factor = unit.ToUpperInvariant() switch
        {
            "" or "B" => 1,
            "K" or "KB" => 1 << 10,
            "M" or "MB" => 1 << 20,
            "G" or "GB" => 1 << 30,
            _ => 0,
        };
        var digits = text.AsSpan(0, text.Length - unit.Length);
        var isNumber = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        bytes = number * factor;
        return isNumber && factor > 0;
    }
}
