namespace Compare;

/// <summary>Why there is nothing to compare: one sentence, and what the child that failed wrote to its standard error.</summary>
internal sealed class ComparisonException(string message, string childError = "") : Exception(message)
{
    public IReadOnlyList<string> ChildErrorLines { get; } =
        childError.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
