using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Security;

namespace Blocking;

/// <summary>As many clients as there may be requests at once, each with one request in flight.</summary>
/// <param name="scenario">How they speak.</param>
/// <param name="port">Where the server listens, on the loopback address.</param>
/// <param name="clients">How many they are.</param>
internal sealed class Load(Scenario scenario, int port, int clients) : IDisposable
{
    private static readonly TimeSpan _requestTimeout = TimeSpan.FromSeconds(5);

    private readonly HttpClient[] _connections =
        [.. Enumerable.Range(0, (clients + scenario.PerConnection - 1) / scenario.PerConnection).Select(_ => Connect())];

    private readonly Uri _address = new($"{(scenario.IsEncrypted ? "https" : "http")}://127.0.0.1:{port}{SleepServer.Path}");

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
                if (ended < from || ended > to)
                {
                    continue;
                }

                if (failure is null)
                {
                    latencies.Add(Stopwatch.GetElapsedTime(began, ended).TotalMilliseconds);
                }
                else if (!end.IsCancellationRequested)
                {
                    failures.Add(failure);
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

    private static HttpClient Connect() => new(new SocketsHttpHandler
    {
        MaxConnectionsPerServer = 1,
        UseProxy = false,
        UseCookies = false,
#pragma warning disable CA5359 // The certificate was made for this run by the server that this program has started.
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true },
#pragma warning restore CA5359
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <returns>Null if all went well.</returns>
    private async Task<string?> RequestAsync(HttpClient connection, CancellationToken end)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(end);
        timeout.CancelAfter(_requestTimeout);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, _address)
            {
                Version = scenario.Version,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            using var response = await connection.SendAsync(request, timeout.Token);
            var body = await response.Content.ReadAsStringAsync(timeout.Token);
            return response.IsSuccessStatusCode && body == "ok" ? null : $"answered {(int)response.StatusCode} \"{body}\"";
        }
        catch (OperationCanceledException)
        {
            return $"no answer within {_requestTimeout.TotalSeconds:0} s";
        }
        catch (HttpRequestException exception)
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
