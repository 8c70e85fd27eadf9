using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Support;

namespace ThreadTransport.Tests.Diagnostics;

/// <summary>What one transport's meter says; other tests' meters of the same name are not listened to.</summary>
internal sealed class MeterValues : IDisposable
{
    private readonly ConcurrentDictionary<string, long> _observed = new();
    private readonly ConcurrentDictionary<(string Name, object? Tag), long> _counted = new();
    private readonly MeterListener _listener = new();

    public MeterValues(TransportHarness harness)
    {
        var scope = harness.Services.GetService(typeof(IMeterFactory));
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "ThreadTransport" && instrument.Meter.Scope == scope)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => _observed[instrument.Name] = value);
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (instrument.IsObservable)
            {
                _observed[instrument.Name] = value;
            }
            else
            {
                OnCounted(instrument.Name);
                _counted.AddOrUpdate((instrument.Name, tags.Length > 0 ? tags[0].Value : null), value, (_, sum) => sum + value);
            }
        });
        _listener.Start();
    }

    /// <summary>Called on whichever thread counts.</summary>
    public Action<string> OnCounted { get; init; } = static _ => { };

    public long Observe(string name)
    {
        _listener.RecordObservableInstruments();
        return _observed[name];
    }

    public long Counted(string name, object? tag = null) => _counted.GetValueOrDefault((name, tag));

    public void Dispose() => _listener.Dispose();
}
