using PipeClient.Load.Outcome;
using PipeClient.Load.Timing;

namespace PipeClient.Load.Echoing;

/// <summary>Looks from time to time for connections whose reply does not come, and ends them.</summary>
internal sealed class Overdue : IAsyncDisposable
{
    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(1);

    private readonly PeriodicTimer _timer;
    private readonly Task _looking;

    public Overdue(EchoConnection[] connections, TimeSpan timeout)
    {
        var period = timeout / 10;
        _timer = new PeriodicTimer(period < _shortest ? _shortest : period > _longest ? _longest : period);
        _looking = LookAsync(connections, Clock.Nanoseconds(timeout));
    }

    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _looking;
    }

    private async Task LookAsync(EchoConnection[] connections, long timeout)
    {
        while (await _timer.WaitForNextTickAsync())
        {
            var latest = Clock.Now - timeout;
            foreach (var connection in connections)
            {
                if (!connection.IsAlive)
                {
                    continue;
                }

                if (connection.Sender.OldestSent() < latest)
                {
                    connection.AbortAsTimedOut();
                }
                else if (connection.Sender.IsBroken)
                {
                    connection.Abort(new Failure(FailureReason.Reset));
                }
            }
        }
    }
}
