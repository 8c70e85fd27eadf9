using System.Collections.Concurrent;
using System.Diagnostics;
using PipeClient.Load.Outcome;

namespace PipeClient.Load.Echoing;

/// <summary>Runs rounds over open connections, and closes them in the end.</summary>
internal sealed class EchoPhase(LoadOptions options, EchoContext context, EchoConnection[] opened)
{
    /// <summary>
    /// A share of connections that is worth another thread. On two processors, with the server on the same machine, one thread
    /// that sends for all is as fast; on more it would be what everybody waits for.
    /// </summary>
    private const int StartShare = 256;

    private readonly Task _allClosed = Task.WhenAll(Array.ConvertAll(opened, static connection => connection.Closed));
    private EchoConnection[] _alive = opened;

    /// <summary>
    /// Every connection that is still alive echoes once. An interruption ends it like a timeout, but blames nobody.
    /// </summary>
    public async Task<RoundResult> RunRoundAsync(CancellationToken interrupt)
    {
        if (Array.Exists(_alive, static connection => !connection.IsAlive))
        {
            _alive = Array.FindAll(_alive, static connection => connection.IsAlive);
        }

        var started = Stopwatch.GetTimestamp();
        if (_alive.Length > 0)
        {
            context.Round.Begin(_alive.Length);
            Give(_alive, NextStep.Echo);
            await EndRoundAsync(interrupt);
        }

        return new RoundResult(context.Round.Echoes, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>Closes what is open: at once when interrupted, otherwise in good order within the grace.</summary>
    public async Task CloseAsync(CancellationToken interrupt)
    {
        var open = Array.FindAll(_alive, static connection => connection.IsAlive);
        Give(open, interrupt.IsCancellationRequested ? NextStep.Drop : NextStep.Finish);
        if (!await EndsAsync(_allClosed, options.CloseGrace, interrupt))
        {
            Array.ForEach(open, static connection => connection.CancelPending());
            await _allClosed;
        }
    }

    private async Task EndRoundAsync(CancellationToken interrupt)
    {
        if (!await EndsAsync(context.Round.Ended, options.EchoTimeout, interrupt))
        {
            foreach (var connection in _alive)
            {
                if (interrupt.IsCancellationRequested)
                {
                    connection.AbortEcho(null);
                }
                else
                {
                    connection.AbortEchoAsTimedOut();
                }
            }

            await context.Round.Ended;
        }
    }

    private static async Task<bool> EndsAsync(Task task, TimeSpan timeout, CancellationToken interrupt)
    {
        await task.WaitAsync(timeout, interrupt).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return task.IsCompleted;
    }

    private static void Give(EchoConnection[] connections, NextStep step)
    {
        if (connections.Length < 2 * StartShare)
        {
            Array.ForEach(connections, connection => connection.Give(step));
            return;
        }

        Parallel.ForEach(Partitioner.Create(0, connections.Length, StartShare), share =>
        {
            for (var i = share.Item1; i < share.Item2; i++)
            {
                connections[i].Give(step);
            }
        });
    }
}
