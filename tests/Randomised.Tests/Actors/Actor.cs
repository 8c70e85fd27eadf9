using Randomised.Tests.Sequences;
using Support;

namespace Randomised.Tests.Actors;

/// <summary>
/// Takes the steps of one actor, each when the conductor says so or, once it is let go, as fast as it can. The conductor is
/// another thread; everything else is the actor's own, wherever its steps go on.
/// </summary>
internal sealed class Actor(string name, Step[] steps, History history, Func<Actor, Step, ValueTask> take) : IDisposable
{
    // Between what is known of the actor and what is done about it nothing may happen to it.
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _tickets = new(0);
    private readonly SemaphoreSlim _returned = new(0);
    private readonly ActorThread _thread = ActorThread.Rent();
    private volatile bool _free;
    private volatile bool _isWaitingForResult;
    private volatile bool _done;
    private Step _current;

    public string Name => name;

    /// <summary>Where the actor is, for whoever waits for it in vain.</summary>
    public override string ToString()
        => $"{name}: {(_done ? "done" : $"{_current}, {(_isWaitingForResult ? "waits for its result" : "in its call or about to begin")}")}";

    public Task RunAsync(Func<Actor, ValueTask> last) => Task.Run(async () =>
    {
        try
        {
            await EnterAsync();
            foreach (var step in steps)
            {
                await WaitForTicketAsync();
                _current = step;
                history.Note(name, step, "begins");
                await take(this, step);
                Return();
            }

            _current = default;
            await last(this);
        }
        catch (Exception exception)
        {
            history.Fail($"{name}, {_current}: {exception}");
        }
        finally
        {
            lock (_gate)
            {
                _done = true;
                _returned.Release();
            }
        }
    });

    /// <summary>Has the actor take one step, and waits until its call has returned.</summary>
    public void Go()
    {
        bool wait;
        lock (_gate)
        {
            // What was released before is of a call that nobody has waited for; what comes from here on is waited for.
            wait = !_isWaitingForResult && !_done;
            while (wait && _returned.Wait(0))
            {
            }

            _tickets.Release();
        }

        if (wait && !_returned.Wait(TestTimeout.Default))
        {
            throw new TimeoutException("A call did not return to its caller.");
        }
    }

    /// <summary>Lets the actor go.</summary>
    public void Free()
    {
        _free = true;
        _tickets.Release();
    }

    /// <summary>The call of a step has returned, whether or not what it began is over.</summary>
    public void Return()
    {
        lock (_gate)
        {
            if (!_isWaitingForResult)
            {
                _isWaitingForResult = true;
                _returned.Release();
            }
        }
    }

    /// <summary>Goes on where blocking is allowed: where it is already, unless that is the pool.</summary>
    public async ValueTask LeavePoolAsync()
    {
        if (Thread.CurrentThread.IsThreadPoolThread)
        {
            await EnterAsync();
        }
    }

    /// <summary>Only once it is done: an actor that hangs keeps its thread.</summary>
    public void Dispose()
    {
        _thread.Return();
        _tickets.Dispose();
        _returned.Dispose();
    }

    private async ValueTask EnterAsync() => await _thread.Enter();

    private async ValueTask WaitForTicketAsync()
    {
        if (!_free)
        {
            await LeavePoolAsync();
            if (!_tickets.Wait(TestTimeout.Default))
            {
                throw new TimeoutException("The conductor never came.");
            }
        }

        lock (_gate)
        {
            _isWaitingForResult = false;
        }
    }
}
