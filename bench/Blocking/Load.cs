using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;

namespace Blocking;

/// <summary>As many clients as there may be requests at once, each with one request in flight.</summary>
/// <param name="scenario">How they speak.</param>
/// <param name="port">Where the server listens, on the loopback address.</param>
/// <param name="clients">How many they are.</param>
internal sealed class Load(Scenario scenario, int port, int clients) : IDisposable
{
    private static readonly TimeSpan _requestTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _pauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly IConnection[] _connections =
        [.. Enumerable.Range(0, (clients + scenario.PerConnection - 1) / scenario.PerConnection).Select(_ => scenario.Connect(port))];

    /// <summary>Loads the server; counts what ends in the time after the warm-up.</summary>
    public async Task<LoadResult> RunAsync(TimeSpan warmUp, TimeSpan time, CancellationToken interrupt)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        var from = Stopwatch.GetTimestamp() + (long)(warmUp.TotalSeconds * Stopwatch.Frequency);
        var to = from + (long)(time.TotalSeconds * Stopwatch.Frequency);
        end.CancelAfter(warmUp + time);
        var all = new ConcurrentBag<List<double>>();
        var failures = new ConcurrentBag<string>();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            var latencies = new List<double>();
            while (!end.IsCancellationRequested)
            {
                var began = Stopwatch.GetTimestamp();
                var failure = await RequestAsync(_connections[client / scenario.PerConnection], end.Token);
                var ended = Stopwatch.GetTimestamp();
                var counts = ended >= from && ended <= to;
                if (failure is null && counts)
                {
                    latencies.Add(Stopwatch.GetElapsedTime(began, ended).TotalMilliseconds);
                }
                else if (failure is not null && !end.IsCancellationRequested)
                {
                    if (counts)
                    {
                        failures.Add(failure);
                    }

                    // Not to add to the trouble of a server that is down or refuses.
                    await Task.Delay(_pauseAfterFailure, CancellationToken.None);
                }
            }

            all.Add(latencies);
        }, CancellationToken.None)));
        interrupt.ThrowIfCancellationRequested();
        double[] sorted = [.. all.SelectMany(latencies => latencies).Order()];
        return new LoadResult(
            sorted.Length / time.TotalSeconds,
            sorted.Length == 0 ? null : sorted[(int)((sorted.Length - 1) * 0.5)],
            sorted.Length == 0 ? null : sorted[(int)((sorted.Length - 1) * 0.99)],
            failures.Count,
            failures.FirstOrDefault());
    }

    public void Dispose()
    {
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }
    }

    /// <returns>Null if all went well.</returns>
    private static async Task<string?> RequestAsync(IConnection connection, CancellationToken end)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(end);
        timeout.CancelAfter(_requestTimeout);
        try
        {
            return await connection.RequestAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            return $"no answer within {_requestTimeout.TotalSeconds:0} s";
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or SocketException)
        {
            return exception.Message;
        }
    }
}

/// <summary>What the clients saw.</summary>
/// <param name="RequestsPerSecond">Answered well.</param>
/// <param name="MedianMilliseconds">From request to answer; null if none was answered.</param>
/// <param name="P99Milliseconds">The same for the slowest in a hundred.</param>
/// <param name="Failures">Requests that timed out or were answered wrongly.</param>
/// <param name="FirstFailure">What the first of them was.</param>
internal sealed record LoadResult(
    double RequestsPerSecond, double? MedianMilliseconds, double? P99Milliseconds, int Failures, string? FirstFailure);
