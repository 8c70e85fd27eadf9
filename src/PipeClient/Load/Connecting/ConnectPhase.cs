using PipeClient.Load.Echoing;
using PipeClient.Load.Links;
using PipeClient.Load.Outcome;
using PipeClient.Load.Timing;

namespace PipeClient.Load.Connecting;

/// <summary>
/// Opens all connections: the first to each target finds the address that answers, the rest follow, a bounded number of connects at
/// a time, and no faster than the rate.
/// </summary>
internal sealed class ConnectPhase(LoadOptions options, EchoContext context)
{
    private readonly EchoConnection?[] _opened = new EchoConnection?[options.Connections];
    private readonly LinkOpener[] _openers = [.. options.Targets.Select(target => new LinkOpener(target, options, context.Shape))];
    private readonly bool[] _answers = new bool[options.Targets.Count];
    private long _started;
    private int _next;

    public int Retries => _openers.Sum(opener => opener.Retries);

    /// <summary>
    /// Returns the connections that could be opened; the others are in the ledger. An interruption just ends it, blaming nobody.
    /// </summary>
    public async Task<EchoConnection[]> RunAsync(CancellationToken interrupt)
    {
        _started = Clock.Now;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        deadline.CancelAfter(options.ConnectTimeout + RampTime());
        var targets = Math.Min(_openers.Length, options.Connections);
        await Task.WhenAll(Enumerable.Range(0, targets).Select(target => OpenFirstAsync(target, deadline.Token, interrupt)));
        _next = targets;
        var workers = Math.Min(options.ConnectParallelism, options.Connections - targets);
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => OpenRestAsync(deadline.Token, interrupt)));
        return [.. _opened.OfType<EchoConnection>()];
    }

    private TimeSpan RampTime() =>
        options.ConnectRate is { } rate ? TimeSpan.FromSeconds(Math.Min(options.Connections / rate, 86_400)) : TimeSpan.Zero;

    private async Task OpenFirstAsync(int target, CancellationToken deadline, CancellationToken interrupt)
    {
        try
        {
            var started = Clock.Now;
            Keep(target, await _openers[target].OpenFirstAsync(target, deadline), started);
            _answers[target] = true;
        }
        catch (Exception e)
        {
            var all = (options.Connections - target + _openers.Length - 1) / _openers.Length;
            Blame(e, target, all, interrupt);
        }
    }

    private async Task OpenRestAsync(CancellationToken deadline, CancellationToken interrupt)
    {
        for (int i; (i = Interlocked.Increment(ref _next) - 1) < options.Connections;)
        {
            var target = i % _openers.Length;
            if (!_answers[target])
            {
                // All of its connections have been blamed with its first.
                continue;
            }

            try
            {
                await WaitForTurnAsync(i, deadline);
                deadline.ThrowIfCancellationRequested();
                var started = Clock.Now;
                Keep(i, await _openers[target].OpenAsync(i, deadline), started);
            }
            catch (Exception e)
            {
                Blame(e, target, 1, interrupt);
            }
        }
    }

    private async Task WaitForTurnAsync(int index, CancellationToken deadline)
    {
        if (options.ConnectRate is { } rate)
        {
            var wait = Clock.Span(_started + (long)(index / rate * 1e9) - Clock.Now);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, deadline);
            }
        }
    }

    private void Keep(int index, Link link, long started)
    {
        try
        {
            var target = index % _openers.Length;
            var connection = new EchoConnection(link, index, target, context);
            context.RecorderOf(index, target).Connected(Clock.Now - started);
            connection.Start();
            _opened[index] = connection;
        }
        catch
        {
            link.Dispose();
            throw;
        }
    }

    private void Blame(Exception exception, int target, int times, CancellationToken interrupt)
    {
        if (!interrupt.IsCancellationRequested)
        {
            context.Fail(Failure.OfConnect(exception, options.Targets[target]), target, times);
        }
    }
}
