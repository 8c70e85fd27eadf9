namespace PipeClient.Judgement;

/// <summary>How an assertion compares what was measured with its bound.</summary>
internal sealed record Comparison(string Sign, Func<double, double, bool> Holds)
{
    /// <summary>Those of two characters first, so that a text is not cut after the first one.</summary>
    private static readonly Comparison[] _all =
    [
        new("<=", static (actual, bound) => actual <= bound),
        new(">=", static (actual, bound) => actual >= bound),
        new("==", static (actual, bound) => actual == bound),
        new("!=", static (actual, bound) => actual != bound),
        new("<", static (actual, bound) => actual < bound),
        new(">", static (actual, bound) => actual > bound),
    ];

    private static readonly char[] _signs = ['<', '>', '=', '!'];

    /// <summary>Takes a text apart at its first comparison; false when there is none.</summary>
    public static bool TrySplit(string text, out string left, out Comparison comparison, out string right)
    {
        var at = text.IndexOfAny(_signs);
        var found = at < 0 ? null : Array.Find(_all, one => text.AsSpan(at).StartsWith(one.Sign, StringComparison.Ordinal));
        comparison = found ?? _all[0];
        left = found is null ? text : text[..at].Trim();
        right = found is null ? "" : text[(at + found.Sign.Length)..].Trim();
        return found is not null;
    }
}
