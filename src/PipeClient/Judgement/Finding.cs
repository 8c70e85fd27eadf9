using PipeClient.Reporting;

namespace PipeClient.Judgement;

/// <summary>Whether an assertion holds, and the figure that says so; null when there was nothing to measure.</summary>
internal sealed record Finding(Assertion Assertion, double? Actual, bool Holds)
{
    public override string ToString() => Actual is not { } actual
        ? $"{Assertion.Text} (there is no {Assertion.Metric.Name})"
        : $"{Assertion.Text} ({Assertion.Metric.Name} is {Show(actual)})";

    private string Show(double actual) => Assertion.Metric.Kind switch
    {
        MetricKind.Time => Quantity.Time(TimeSpan.FromSeconds(actual)),
        MetricKind.Rate => Quantity.Rate(actual),
        MetricKind.Share => Quantity.Share(actual),
        _ => Quantity.Count((long)actual),
    };
}
