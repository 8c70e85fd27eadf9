using PipeClient.Load.Echoing;

namespace PipeClient.Load.Timing;

/// <summary>
/// A thread that tells every connection of its share when a message is due, in the schedule's order. Late or not, it leaves none out:
/// what a message's time should have been is the schedule's to say.
/// </summary>
internal sealed class Pacer(Schedule schedule, EchoConnection[] connections, int share, int shares, long end, long total)
{
    /// <summary>What one thread can send on this side of being the bottleneck.</summary>
    private const double RatePerThread = 40_000;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _stopped;

    /// <summary>Ends when the last message has been due.</summary>
    public Task Ended => _ended.Task;

    /// <param name="schedule">When what is due.</param>
    /// <param name="connections">All of them, in the schedule's order.</param>
    /// <param name="rate">Of all pacers together.</param>
    /// <param name="end">The time from which on nothing is due.</param>
    /// <param name="total">How many messages are due altogether.</param>
    public static Pacer[] Start(Schedule schedule, EchoConnection[] connections, double rate, long end, long total)
    {
        var shares = (int)Math.Clamp(Math.Ceiling(rate / RatePerThread), 1, Math.Min(Environment.ProcessorCount, connections.Length));
        var pacers = new Pacer[shares];
        for (var share = 0; share < shares; share++)
        {
            pacers[share] = new Pacer(schedule, connections, share, shares, end, total);
            new Thread(pacers[share].Run) { IsBackground = true, Name = $"pacer {share}" }.Start();
        }

        return pacers;
    }

    public void Stop() => _stopped = true;

    private void Run()
    {
        try
        {
            Pace();
            _ended.SetResult();
        }
        catch (Exception e)
        {
            _ended.SetException(e);
        }
    }

    private void Pace()
    {
        for (long message = 0; ; message++)
        {
            for (var i = share; i < connections.Length; i += shares)
            {
                var due = schedule.DueAt(i, message);
                if (due >= end || message * connections.Length + i >= total)
                {
                    return;
                }

                WaitUntil(due);
                if (_stopped)
                {
                    return;
                }

                connections[i].Sender.Due();
            }
        }
    }

    private void WaitUntil(long due)
    {
        const long Nap = 50_000_000;
        for (long now; (now = Clock.Now) < due && !_stopped;)
        {
            // In naps, so that a slow schedule can be stopped.
            Pause.Until(Math.Min(due, now + Nap));
        }
    }
}
