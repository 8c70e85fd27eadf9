using System.Diagnostics;
using PipeClient.Load.Connecting;
using PipeClient.Load.Echoing;
using PipeClient.Load.Outcome;

namespace PipeClient.Load;

/// <summary>
/// One run: open all connections, wait until all are open, let every one echo once a round, close them. Never throws for what a
/// server, the network or an interruption does: all of it is in the result.
/// </summary>
internal sealed class LoadRun(LoadOptions options, ILoadObserver observer)
{
    /// <summary>Runs on the pool, away from any synchronization context of the caller.</summary>
    public Task<LoadResult> RunAsync(CancellationToken interrupt) =>
        Task.Run(() => RunPhasesAsync(interrupt), CancellationToken.None);

    /// <summary>How the run stands. Any thread, at any time.</summary>
    public LoadSnapshot Snapshot() => new()
    {
        Phase = LoadPhase.Connecting,
        Elapsed = TimeSpan.Zero,
        Requested = options.Connections,
        Connections = 0,
        Failed = 0,
        Messages = 0,
        MessagesPerSecond = 0,
        P99 = null,
    };

    private async Task<LoadResult> RunPhasesAsync(CancellationToken interrupt)
    {
        var context = new EchoContext(options.Content);
        var connecting = new ConnectPhase(options, context);

        var started = Stopwatch.GetTimestamp();
        var connections = await connecting.RunAsync(interrupt);
        var connectTime = Stopwatch.GetElapsedTime(started);
        if (connections.Length > 0 && !interrupt.IsCancellationRequested)
        {
            observer.Connected(connections.Length, connectTime);
        }

        var echoing = new EchoPhase(options, context, connections);
        var rounds = await RunRoundsAsync(echoing, connections.Length, interrupt);
        await echoing.CloseAsync(interrupt);

        return new LoadResult
        {
            Requested = options.Connections,
            Total = context.Connections.Total,
            MaxConcurrent = context.Connections.Max,
            Concurrent = context.Connections.Now,
            ConnectTime = connectTime,
            ConnectRetries = connecting.Retries,
            Rounds = rounds,
            Failures = context.Failures.Snapshot(),
            Interrupted = interrupt.IsCancellationRequested,
        };
    }

    private async Task<List<RoundResult>> RunRoundsAsync(EchoPhase echoing, int connections, CancellationToken interrupt)
    {
        var rounds = new List<RoundResult>();
        while (connections > 0 && rounds.Count < options.Rounds && !interrupt.IsCancellationRequested)
        {
            var round = await echoing.RunRoundAsync(interrupt);
            rounds.Add(round);
            observer.RoundEnded(rounds.Count, round);
            connections = round.Echoes;
        }

        return rounds;
    }
}
