using PipeClient.Load.Connecting;
using PipeClient.Load.Echoing;
using PipeClient.Load.Outcome;
using PipeClient.Load.Timing;

namespace PipeClient.Load;

/// <summary>
/// One run: open all connections, wait until all are open, load them as the mode says, close them. Never throws for what a server,
/// the network or an interruption does: all of it is in the result.
/// </summary>
internal sealed class LoadRun
{
    private readonly LoadOptions _options;
    private readonly ILoadObserver _observer;
    private readonly EchoContext _context;
    private readonly LoadAccount _account;

    public LoadRun(LoadOptions options, ILoadObserver observer)
    {
        _options = options;
        _observer = observer;
        _context = new EchoContext(options, observer);
        _account = new LoadAccount(options, _context, observer);
    }

    /// <summary>Runs on the pool, away from any synchronization context of the caller.</summary>
    public Task<LoadResult> RunAsync(CancellationToken interrupt) =>
        Task.Run(() => RunPhasesAsync(interrupt), CancellationToken.None);

    /// <summary>How the run stands. Any thread, at any time.</summary>
    public LoadSnapshot Snapshot() => _account.Snapshot();

    private async Task<LoadResult> RunPhasesAsync(CancellationToken interrupt)
    {
        var connecting = new ConnectPhase(_options, _context);
        var started = Clock.Now;
        _account.Start();
        var connections = await connecting.RunAsync(interrupt);
        var connectTime = Clock.Since(started);
        if (connections.Length > 0 && !interrupt.IsCancellationRequested)
        {
            _observer.Connected(connections.Length, connectTime);
        }

        var echoing = new EchoPhase(_options, _context, connections, _account);
        List<RoundResult> rounds = [];
        await using (new Overdue(connections, _options.EchoTimeout))
        {
            if (connections.Length > 0 && !interrupt.IsCancellationRequested)
            {
                rounds = await LoadAsync(echoing, connections.Length, interrupt);
            }

            await echoing.CloseAsync(interrupt);
        }

        _account.Phase = LoadPhase.Ended;
        _account.End();
        return Result(connections, rounds, echoing, interrupt) with
        {
            ConnectTime = connectTime,
            ConnectRetries = connecting.Retries,
        };
    }

    private async Task<List<RoundResult>> LoadAsync(EchoPhase echoing, int connections, CancellationToken interrupt)
    {
        List<RoundResult> rounds = [];
        switch (_options.Mode)
        {
            case LoadMode.Rounds:
                rounds = await RunRoundsAsync(echoing, connections, interrupt);
                break;
            case LoadMode.Closed:
                await echoing.RunClosedLoopAsync(interrupt);
                break;
            case LoadMode.Open:
                await echoing.RunOpenLoopAsync(_options.Rate!.Value, interrupt);
                break;
        }

        if (_options.Hold is { } hold && !interrupt.IsCancellationRequested)
        {
            await echoing.HoldAsync(hold, interrupt);
        }

        return rounds;
    }

    private async Task<List<RoundResult>> RunRoundsAsync(EchoPhase echoing, int connections, CancellationToken interrupt)
    {
        _account.Phase = LoadPhase.Load;
        var rounds = new List<RoundResult>();
        while (connections > 0 && rounds.Count < _options.Rounds && !interrupt.IsCancellationRequested)
        {
            var round = await echoing.RunRoundAsync(interrupt);
            rounds.Add(round);
            _observer.RoundEnded(rounds.Count, round);
            connections = round.Echoes;
        }

        return rounds;
    }

    private LoadResult Result(
        EchoConnection[] connections, List<RoundResult> rounds, EchoPhase echoing, CancellationToken interrupt)
    {
        var total = _account.Total;
        var isRounds = _options.Mode == LoadMode.Rounds;
        return new LoadResult
        {
            Requested = _options.Connections,
            Total = _context.Connections.Total,
            MaxConcurrent = _context.Connections.Max,
            Concurrent = _context.Connections.Now,
            ConnectTime = TimeSpan.Zero,
            ConnectRetries = 0,
            Rounds = rounds,
            Failures = _context.Failures.Snapshot(),
            Interrupted = interrupt.IsCancellationRequested,
            Mode = _options.Mode,
            MeasuredTime = isRounds ? rounds.Aggregate(TimeSpan.Zero, (sum, round) => sum + round.Elapsed) : echoing.MeasuredTime,
            WarmUpTime = echoing.WarmUpTime,
            HoldTime = echoing.HoldTime,
            Messages = total.MeasuredMessages,
            BytesSent = total.MeasuredBytesSent,
            BytesReceived = total.MeasuredBytesReceived,
            Unanswered = connections.Sum(connection => connection.Sender.Unanswered),
            Unsent = _options.Mode == LoadMode.Open ? connections.Sum(connection => connection.Sender.Unsent) : 0,
            IntendedRate = _options.Rate,
            Latencies = total.Measured,
            Fairness = connections.Length == 0
                ? Fairness.None
                : new Fairness(
                    connections.Min(connection => connection.Sender.Measured),
                    connections.Max(connection => connection.Sender.Measured),
                    connections.Average(connection => connection.Sender.Measured)),
            Targets = _account.Targets(),
        };
    }
}
