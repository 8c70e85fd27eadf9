using PipeClient.Load.Outcome;

namespace PipeClient.Load;

/// <summary>Is told of a run's milestones the moment they are reached.</summary>
internal interface ILoadObserver
{
    void Connected(int connections, TimeSpan elapsed);

    void RoundEnded(int number, RoundResult round);
}
