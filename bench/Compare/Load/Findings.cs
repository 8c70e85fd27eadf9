using Compare.Measurement;

namespace Compare.Load;

/// <summary>What a run has shown, by the keys of the metrics.</summary>
internal sealed class Findings
{
    private readonly Dictionary<string, double> _values = [];

    public IReadOnlyDictionary<string, double> Values => _values;

    public IReadOnlyList<LatencyPoint> Latency { get; set; } = [];

    public Disturbance Disturbance { get; set; }

    /// <summary>What is not known is left out.</summary>
    public void Set(string metric, double? value)
    {
        if (value is { } known && double.IsFinite(known))
        {
            _values[metric] = known;
        }
    }
}
