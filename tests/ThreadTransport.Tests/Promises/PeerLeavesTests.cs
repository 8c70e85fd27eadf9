using System.Diagnostics;
using Microsoft.AspNetCore.Connections.Features;
using Support;

namespace ThreadTransport.Tests.Promises;

/// <summary>A thousand clients leave at once, each while its handler blocks.</summary>
[Trait("Promise", "P6")]
[Collection(nameof(Alone))]
public sealed class PeerLeavesTests(ITestOutputHelper output)
{
    private const int Connections = 1000;

    /// <summary>How often it is tried: on a machine whose cores other programs have, nothing happens within a tenth of a second.</summary>
    private const int Tries = 5;

    /// <summary>
    /// What is promised is a tenth of a second. That is the median's to keep here: the last of a thousand may have waited for a
    /// core that other programs had.
    /// </summary>
    private static readonly TimeSpan _promised = TimeSpan.FromMilliseconds(100);

    [Theory, EveryThreadTransport(false, true)]
    public async Task Clients_LeaveWhileTheirHandlersBlock_AreNoticed(ITransport transport, bool resets)
    {
        TimeSpan slower;
        var left = Tries;
        do
        {
            var (aborted, closed) = await LeaveAsync(transport, resets);
            output.WriteLine($"RequestAborted: {aborted}; ConnectionClosed: {closed}");
            slower = aborted.Median > closed.Median ? aborted.Median : closed.Median;
        }
        while (slower >= _promised && --left > 0);

        Assert.True(slower < _promised, $"In each of {Tries} tries half of the connections took longer, in the last {slower.TotalMilliseconds:0} ms.");
    }

    private static async Task<(Arrivals Aborted, Arrivals Closed)> LeaveAsync(ITransport transport, bool resets)
    {
        var left = new long[Connections];
        var closed = new Arrivals();
        var aborted = new Arrivals();
        using var entered = new CountdownEvent(Connections);
        using var over = new ManualResetEventSlim();
        await using var harness = await KestrelHarness.StartHttpAsync(transport, http =>
        {
            var i = int.Parse(http.Request.Path.Value.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture);
            http.Features.Get<IConnectionLifetimeFeature>()?.ConnectionClosed.Register(() => closed.Add(left[i]));
            http.RequestAborted.Register(() => aborted.Add(left[i]));
            entered.Signal();
            over.Wait(TestTimeout.Default);
            return Task.CompletedTask;
        });
        try
        {
            var clients = new List<TestClient>();
            for (var i = 0; i < Connections; i++)
            {
                var client = await harness.ConnectAsync();
                await client.SendAsync($"GET /{i} HTTP/1.1\r\nHost: s\r\n\r\n");
                clients.Add(client);
            }

            Assert.True(entered.Wait(TestTimeout.Default));
            for (var i = 0; i < Connections; i++)
            {
                left[i] = Stopwatch.GetTimestamp();
                if (resets)
                {
                    clients[i].Reset();
                }
                else
                {
                    clients[i].ShutdownSend();
                }
            }

            await TestTimeout.EventuallyAsync(() => aborted.Count == Connections, "every request is aborted");
            await TestTimeout.EventuallyAsync(() => closed.Count == Connections, "every connection is closed");
        }
        finally
        {
            over.Set();
        }

        return (aborted, closed);
    }

    private sealed class Arrivals
    {
        private readonly List<TimeSpan> _delays = [];

        public int Count
        {
            get
            {
                lock (_delays)
                {
                    return _delays.Count;
                }
            }
        }

        public TimeSpan Median => Sorted()[Count / 2];

        public void Add(long since)
        {
            var delay = Stopwatch.GetElapsedTime(since);
            lock (_delays)
            {
                _delays.Add(delay);
            }
        }

        public override string ToString() =>
            Count == 0 ? "none" : $"median {Median.TotalMilliseconds:0} ms, last {Sorted()[^1].TotalMilliseconds:0} ms";

        private List<TimeSpan> Sorted()
        {
            lock (_delays)
            {
                return [.. _delays.Order()];
            }
        }
    }
}
