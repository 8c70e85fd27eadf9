using System.Diagnostics.Metrics;

namespace ThreadTransport.Internal.Diagnostics;

/// <summary>
/// The meter <c>ThreadTransport</c>: threads and refusals. Connections themselves are counted by Kestrel. Counters are added to by any
/// thread; the observed values are read when somebody collects.
/// </summary>
internal sealed class TransportMetrics
{
    public const string MeterName = "ThreadTransport";

    private readonly Meter _meter;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _split;
    private readonly Counter<long> _rejoined;
    private readonly Counter<long> _idleTimeouts;

    public TransportMetrics(IMeterFactory factory)
    {
        // The factory owns the meter, and disposes it with the application's services.
        _meter = factory.Create(MeterName);
        _refused = _meter.CreateCounter<long>(
            "threadtransport.connections.refused", "{connection}",
            "Connections that were accepted and not served, by reason: full, or no thread.");
        _split = _meter.CreateCounter<long>(
            "threadtransport.connections.split", "{connection}",
            "Times that a connection's receiving was taken from its own thread.");
        _rejoined = _meter.CreateCounter<long>(
            "threadtransport.connections.rejoined", "{connection}",
            "Times that a split connection's receiving was given back to its own thread.");
        _idleTimeouts = _meter.CreateCounter<long>(
            "threadtransport.connections.idle_timeouts", "{connection}",
            "Connections that were aborted because nothing was received or sent for the idle timeout.");
    }

    /// <summary>There was no permit for the connection, and the options say to reject it.</summary>
    public void RefusedFull() => Count(_refused, new KeyValuePair<string, object?>("reason", "full"));

    /// <summary>The operating system had no thread for the connection.</summary>
    public void RefusedNoThread() => Count(_refused, new KeyValuePair<string, object?>("reason", "no_thread"));

    public void Split() => Count(_split);

    public void Rejoined() => Count(_rejoined);

    public void IdleTimeout() => Count(_idleTimeouts);

    /// <summary>Has the values of the threads observed. To be called once.</summary>
    public void Observe(Func<int> alive, Func<int> parked, Func<long> created, Func<int> borrowed, int room)
    {
        _meter.CreateObservableUpDownCounter(
            "threadtransport.threads.active", () => alive() - parked(), "{thread}",
            "Threads that serve a connection or are lent for a turn.");
        _meter.CreateObservableUpDownCounter("threadtransport.threads.cached", parked, "{thread}", "Parked threads kept for reuse.");
        _meter.CreateObservableCounter(
            "threadtransport.threads.created", created, "{thread}",
            "Threads created since the transport was made.");
        _meter.CreateObservableUpDownCounter(
            "threadtransport.threads.borrowed", borrowed, "{thread}",
            "Threads lent for turns whose own thread was not free.");
        _meter.CreateObservableGauge(
            "threadtransport.connections.limit", () => room, "{connection}",
            "How many connections are admitted at once.");
    }

    /// <summary>Who listens is application code: what that throws may not leave a connection half changed.</summary>
    private static void Count(Counter<long> counter, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        try
        {
            counter.Add(1, tags);
        }
        catch (Exception)
        {
            // The listener's own affair.
        }
    }
}
