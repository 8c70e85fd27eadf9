using System.Collections.Concurrent;
using PipeClient.Load.Outcome;
using PipeClient.Load.Timing;

namespace PipeClient.Load.Echoing;

/// <summary>Loads the open connections as the run's mode says, and closes them in the end.</summary>
internal sealed class EchoPhase(LoadOptions options, EchoContext context, EchoConnection[] opened, LoadAccount account)
{
    /// <summary>
    /// A share of connections that is worth another thread. On two processors, with the server on the same machine, one thread
    /// that sends for all is as fast; on more it would be what everybody waits for.
    /// </summary>
    private const int StartShare = 256;

    private readonly Task _allClosed = Task.WhenAll(Array.ConvertAll(opened, static connection => connection.Closed));
    private EchoConnection[] _alive = opened;
    private long _measuredFrom;
    private long _sendingEnded;

    public TimeSpan WarmUpTime { get; private set; }

    public TimeSpan HoldTime { get; private set; }

    /// <summary>From the first message that counts to the end of sending, or to the last reply if that is later.</summary>
    public TimeSpan MeasuredTime =>
        _measuredFrom == 0 ? TimeSpan.Zero : Clock.Span(Math.Max(0, Math.Max(_sendingEnded, LastReply()) - _measuredFrom));

    /// <summary>
    /// Every connection that is still alive echoes once. An interruption ends it like a timeout, but blames nobody.
    /// </summary>
    public async Task<RoundResult> RunRoundAsync(CancellationToken interrupt)
    {
        if (Array.Exists(_alive, static connection => !connection.IsAlive))
        {
            _alive = Array.FindAll(_alive, static connection => connection.IsAlive);
        }

        var started = Clock.Now;
        if (_alive.Length > 0)
        {
            context.Round.Begin(_alive.Length);
            ForAll(static connection => connection.Allow(1, isWarmUp: false));
            await EndLoadAsync(interrupt);
        }

        return new RoundResult(context.Round.Echoes, Clock.Since(started));
    }

    /// <summary>Each connection sends its next message when one is back, until time or number end it.</summary>
    public async Task RunClosedLoopAsync(CancellationToken interrupt)
    {
        context.Round.Begin(_alive.Length);
        var each = options.MessagesPerConnection ?? long.MaxValue;
        var started = _measuredFrom = Clock.Now;
        if (options.WarmUp > TimeSpan.Zero)
        {
            account.Phase = LoadPhase.WarmUp;
            ForAll(static connection => connection.Allow(long.MaxValue, isWarmUp: true));
            await LastAsync(options.WarmUp, interrupt);
            _measuredFrom = Clock.Now;
            WarmUpTime = Clock.Span(_measuredFrom - started);
            if (!interrupt.IsCancellationRequested)
            {
                account.Phase = LoadPhase.Load;
                context.SetTickets(options.TotalMessages ?? long.MaxValue);
                ForAll(connection => connection.Sender.Measure(each));
            }
        }
        else
        {
            account.Phase = LoadPhase.Load;
            context.SetTickets(options.TotalMessages ?? long.MaxValue);
            ForAll(connection => connection.Allow(each, isWarmUp: false));
        }

        await LastAsync(options.Duration ?? Timeout.InfiniteTimeSpan, interrupt);
        _sendingEnded = options.Duration is null ? 0 : Clock.Now;
        ForAll(static connection => connection.Sender.Stop());
        await EndLoadAsync(interrupt);
    }

    /// <summary>Messages are due by the clock; when the last one has been, those under way are waited for.</summary>
    public async Task RunOpenLoopAsync(double rate, CancellationToken interrupt)
    {
        context.Round.Begin(_alive.Length);
        var start = Clock.Now;
        _measuredFrom = start + Clock.Nanoseconds(options.WarmUp);
        var schedule = new Schedule(rate, _alive.Length, start, _measuredFrom);
        context.Schedule = schedule;
        for (var i = 0; i < _alive.Length; i++)
        {
            _alive[i].Open(i, schedule.CountBefore(i, _measuredFrom));
        }

        var end = options.Duration is { } duration ? _measuredFrom + Clock.Nanoseconds(duration) : long.MaxValue;
        var pacers = Pacer.Start(schedule, _alive, rate, end, TotalDue(schedule));
        var paced = Task.WhenAll(Array.ConvertAll(pacers, static pacer => pacer.Ended));
        account.Phase = options.WarmUp > TimeSpan.Zero ? LoadPhase.WarmUp : LoadPhase.Load;
        if (options.WarmUp > TimeSpan.Zero && !await EndsAsync(Task.WhenAny(paced, context.Round.Ended), options.WarmUp, interrupt))
        {
            account.Phase = LoadPhase.Load;
        }

        WarmUpTime = Clock.Span(Math.Min(Clock.Now, _measuredFrom) - start);
        await EndsAsync(Task.WhenAny(paced, context.Round.Ended), Timeout.InfiniteTimeSpan, interrupt);
        Array.ForEach(pacers, static pacer => pacer.Stop());
        await paced;
        _sendingEnded = Math.Min(end, Clock.Now);
        ForAll(static connection => connection.Sender.Stop());
        await EndLoadAsync(interrupt);
    }

    /// <summary>Keeps the connections open. One that its server closes in that time has failed.</summary>
    public async Task HoldAsync(TimeSpan time, CancellationToken interrupt)
    {
        account.Phase = LoadPhase.Hold;
        var started = Clock.Now;
        await EndsAsync(_allClosed, time, interrupt);
        HoldTime = Clock.Since(started);
        if (!interrupt.IsCancellationRequested)
        {
            ForAll(static connection => connection.CheckHeld());
        }
    }

    /// <summary>Closes what is open: at once when interrupted, otherwise in good order within the grace.</summary>
    public async Task CloseAsync(CancellationToken interrupt)
    {
        account.Phase = LoadPhase.Closing;
        var open = Array.FindAll(_alive, static connection => connection.IsAlive);
        if (interrupt.IsCancellationRequested)
        {
            Array.ForEach(open, static connection => connection.Abort(null));
        }
        else
        {
            Array.ForEach(open, static connection => connection.Finish());
        }

        if (!await EndsAsync(_allClosed, options.CloseGrace, interrupt))
        {
            Array.ForEach(open, static connection => connection.CancelPending());
            await _allClosed;
        }
    }

    private static async Task<bool> EndsAsync(Task task, TimeSpan timeout, CancellationToken interrupt)
    {
        await task.WaitAsync(timeout, interrupt).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return task.IsCompleted;
    }

    /// <summary>Lets the load run for a time, or to its end if that comes first.</summary>
    private Task<bool> LastAsync(TimeSpan time, CancellationToken interrupt) => EndsAsync(context.Round.Ended, time, interrupt);

    /// <summary>Waits for what is under way; who does not get it is ended by the watch over what is overdue.</summary>
    private async Task EndLoadAsync(CancellationToken interrupt)
    {
        if (!await EndsAsync(context.Round.Ended, Timeout.InfiniteTimeSpan, interrupt))
        {
            ForAll(static connection => connection.Abort(null));
            await context.Round.Ended;
        }
    }

    private long TotalDue(Schedule schedule)
    {
        var total = long.MaxValue;
        if (options.TotalMessages is { } all)
        {
            total = all;
        }

        if (options.MessagesPerConnection is { } each)
        {
            total = Math.Min(total, each > long.MaxValue / _alive.Length ? long.MaxValue : each * _alive.Length);
        }

        var before = 0L;
        for (var i = 0; i < _alive.Length; i++)
        {
            before += schedule.CountBefore(i, schedule.MeasuredFrom);
        }

        return total > long.MaxValue - before ? long.MaxValue : total + before;
    }

    private long LastReply() => context.Recorders.Max(static shares => shares.Max(static recorder => recorder.LastReply));

    private void ForAll(Action<EchoConnection> action)
    {
        var connections = _alive;
        if (connections.Length < 2 * StartShare)
        {
            Array.ForEach(connections, action);
            return;
        }

        Parallel.ForEach(Partitioner.Create(0, connections.Length, StartShare), share =>
        {
            for (var i = share.Item1; i < share.Item2; i++)
            {
                action(connections[i]);
            }
        });
    }
}
