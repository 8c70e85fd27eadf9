using PipeClient.Load;
using PipeClient.Load.Outcome;

namespace PipeClient.Tests;

/// <summary>Results of runs that never were.</summary>
internal static class Results
{
    /// <param name="failures">Connections, of ten, that failed.</param>
    /// <param name="milliseconds">The time of each message.</param>
    public static LoadResult Of(int failures, params int[] milliseconds)
    {
        var latencies = new Latencies(isOpenLoop: false);
        foreach (var time in milliseconds)
        {
            latencies.Message.Record(time * 1_000_000L);
        }

        return new LoadResult
        {
            Requested = 10,
            Total = 10,
            MaxConcurrent = 10,
            Concurrent = 0,
            ConnectTime = TimeSpan.FromSeconds(1),
            ConnectRetries = 0,
            Rounds = [],
            Failures = failures == 0 ? [] : [Failed(FailureReason.Reset, failures)],
            Interrupted = false,
            Mode = LoadMode.Closed,
            MeasuredTime = TimeSpan.FromSeconds(2),
            Messages = milliseconds.Length,
            Latencies = latencies,
            Fairness = new Fairness(2, 8, 5),
        };
    }

    public static FailureCount Failed(FailureReason reason, int count) => new(reason, count, new Failure(reason));
}
