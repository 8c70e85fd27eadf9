using System.Collections.Concurrent;
using System.Diagnostics;
using HdrHistogram;

namespace Load;

/// <summary>Writes down what counts: what ends between the warm-up and the end. Called by all workers at once.</summary>
internal sealed class Recorder(TimeSpan warmUp, TimeSpan duration)
{
    private const long LongestMicroseconds = 3_600_000_000;
    private const int SignificantDigits = 3;

    private readonly LongConcurrentHistogram _latencies = new(1, LongestMicroseconds * 10, SignificantDigits);
    private readonly long _from = Stopwatch.GetTimestamp() + (long)(warmUp.TotalSeconds * Stopwatch.Frequency);
    private readonly long _to = Stopwatch.GetTimestamp() + (long)((warmUp + duration).TotalSeconds * Stopwatch.Frequency);
    private readonly ConcurrentDictionary<string, long> _failures = new();

    public bool HasEnded => Stopwatch.GetTimestamp() >= _to;

    /// <returns>Whether it counts.</returns>
    public bool Answered(long began, long ended)
    {
        if (ended < _from || ended > _to)
        {
            return false;
        }

        _latencies.RecordValue(Math.Max(1, Stopwatch.GetElapsedTime(began, ended).Ticks));
        return true;
    }

    public void Failed(string what)
    {
        if (Stopwatch.GetTimestamp() >= _from)
        {
            _failures.AddOrUpdate(what, 1, (_, count) => count + 1);
        }
    }

    public LoadReport Report(IReadOnlyList<Worker> workers) => new()
    {
        Messages = workers.Sum(worker => worker.Messages),
        MeasuredSeconds = duration.TotalSeconds,
        Failed = _failures.ToDictionary(),
        Fairness = new Fairness(workers.Min(worker => worker.Messages), workers.Max(worker => worker.Messages)),
        Latency = LatencyPoint.Of(_latencies),
    };
}
