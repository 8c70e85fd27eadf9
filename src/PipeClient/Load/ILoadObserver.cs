using PipeClient.Load.Outcome;

namespace PipeClient.Load;

/// <summary>Is told of a run's milestones the moment they are reached, and of every second.</summary>
internal interface ILoadObserver
{
    void Connected(int connections, TimeSpan elapsed);

    void RoundEnded(int number, RoundResult round);

    /// <summary>A connection has failed. Called on a thread that messages wait for, by several at once: it must not block.</summary>
    void Failed(Failure failure)
    {
    }

    /// <summary>
    /// A second has passed, or the run has ended within one. Never called twice at once, and from a thread of its own: what it does
    /// delays no message.
    /// </summary>
    void IntervalEnded(LoadInterval interval)
    {
    }
}
