using System.Diagnostics.CodeAnalysis;
using PipeClient.Load.Outcome;

namespace PipeClient.Judgement;

/// <summary>What a run must be like to be a good one, as typed: <c>p99&lt;5ms</c>, <c>rate>=50000</c>, <c>errors==0</c>.</summary>
internal sealed record Assertion(string Text, Metric Metric, Comparison Comparison, double Bound)
{
    /// <param name="text">As typed.</param>
    /// <param name="assertion">What it says.</param>
    /// <param name="why">Otherwise: what is wrong with it, and what is allowed.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out Assertion? assertion, [NotNullWhen(false)] out string? why)
    {
        assertion = null;
        if (!Comparison.TrySplit(text, out var name, out var comparison, out var value))
        {
            why = "give a metric, one of < <= > >= == !=, and a value, such as p99<5ms, rate>=50000 or errors==0";
            return false;
        }

        if (Metric.Find(name) is not { } metric)
        {
            why = $"'{name}' is no metric; there are {Metric.Names}";
            return false;
        }

        if (!Judgement.Bound.TryParse(value, metric.Kind, out var bound))
        {
            why = $"'{value}' is nothing to compare {name} with: give {Judgement.Bound.Describe(metric.Kind)}";
            return false;
        }

        why = null;
        assertion = new Assertion(text, metric, comparison, bound);
        return true;
    }

    /// <summary>What was not measured does not hold.</summary>
    public Finding Judge(LoadResult result)
    {
        var actual = Metric.Read(result);
        return new Finding(this, actual, actual is { } value && Comparison.Holds(value, Bound));
    }
}
