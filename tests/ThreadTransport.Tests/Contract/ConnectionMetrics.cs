using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>How Kestrel's metrics say that the connections to one endpoint ended. Listens from its creation on.</summary>
internal sealed class ConnectionMetrics : IDisposable
{
    private readonly ConcurrentQueue<string?> _errors = new();
    private readonly MeterListener _listener = new();

    public ConnectionMetrics(Func<EndPoint> endPoint)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is { Name: "kestrel.connection.duration" })
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            if (Find(tags, "server.port") is int port && port == ((IPEndPoint)endPoint()).Port)
            {
                _errors.Enqueue((string?)Find(tags, "error.type"));
            }
        });
        _listener.Start();
    }

    /// <summary>The error that the one connection ended with, or null if it ended in order.</summary>
    public async Task<string?> WaitForErrorAsync()
    {
        await TestTimeout.EventuallyAsync(() => !_errors.IsEmpty, "the connection's duration is measured");
        return Assert.Single(_errors);
    }

    public void Dispose() => _listener.Dispose();

    private static object? Find(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name)
    {
        foreach (var tag in tags)
        {
            if (tag.Key == name)
            {
                return tag.Value;
            }
        }

        return null;
    }
}
