using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using System.Globalization;

namespace Package.Tests;

/// <summary>
/// What <c>dotnet-counters</c> and <c>dotnet-monitor</c> see of a meter: they ask this event source of the runtime to publish it, and
/// so does this, from inside the process.
/// </summary>
internal sealed class CounterToolListener : EventListener
{
    private const string SourceName = "System.Diagnostics.Metrics";
    private const EventKeywords TimeSeriesValues = (EventKeywords)2;

    private readonly string _session = Guid.NewGuid().ToString();
    private readonly ConcurrentDictionary<string, string> _units = new();
    private readonly ConcurrentDictionary<string, double> _values = new();
    private EventSource? _source;

    /// <summary>The units of all instruments, by their names.</summary>
    public IReadOnlyDictionary<string, string> Units => _units;

    public double? Value(string instrument, string tags = "") => _values.TryGetValue(instrument + tags, out var value) ? value : null;

    public void Start(string meter) => EnableEvents(_source!, EventLevel.Informational, TimeSeriesValues, new Dictionary<string, string?>
    {
        ["SessionId"] = _session,
        ["Metrics"] = meter,
        ["RefreshInterval"] = "0.1",
        ["MaxTimeSeries"] = "100",
        ["MaxHistograms"] = "10",
    });

    // Called before this class's own fields are set, too.
    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == SourceName)
        {
            _source = eventSource;
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventSource.Name != SourceName || Payload("sessionId") != _session)
        {
            return;
        }

        switch (eventData.EventName)
        {
            case "BeginInstrumentReporting":
                _units[Payload("instrumentName")!] = Payload("unit")!;
                break;
            case "GaugeValuePublished":
                Keep("lastValue");
                break;
            case "CounterRateValuePublished" or "UpDownCounterRateValuePublished":
                Keep("value");
                break;
        }

        // A counter that has only just appeared has no value yet.
        void Keep(string name)
        {
            if (double.TryParse(Payload(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            {
                _values[Payload("instrumentName")! + Payload("tags")] = value;
            }
        }

        string? Payload(string name)
        {
            var index = eventData.PayloadNames?.IndexOf(name) ?? -1;
            return index < 0 ? null : eventData.Payload?[index] as string;
        }
    }
}
