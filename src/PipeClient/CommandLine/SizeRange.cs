namespace PipeClient.CommandLine;

/// <summary>One size, or all from one to another: <c>64</c>, <c>1B-64KB</c>.</summary>
internal readonly record struct SizeRange(int Min, int Max)
{
    private const int Largest = 1 << 30;

    public static bool TryParse(string text, out SizeRange range)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var ok = TryParseOne(dash < 0 ? text : text[..dash], out var min);
        var max = min;
        ok = ok && (dash < 0 || TryParseOne(text[(dash + 1)..], out max));
        range = new SizeRange(min, max);
        return ok && min <= max;
    }

    private static bool TryParseOne(string text, out int size)
    {
        var ok = ByteSize.TryParse(text, out var bytes) && bytes is >= 1 and <= Largest;
        size = ok ? (int)bytes : 1;
        return ok;
    }
}
