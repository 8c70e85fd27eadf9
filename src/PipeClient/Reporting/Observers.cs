using PipeClient.Load;
using PipeClient.Load.Outcome;

namespace PipeClient.Reporting;

/// <summary>Passes on to several what a run tells one.</summary>
internal sealed class Observers(IReadOnlyList<ILoadObserver> all) : ILoadObserver
{
    public void Connected(int connections, TimeSpan elapsed)
    {
        foreach (var observer in all)
        {
            observer.Connected(connections, elapsed);
        }
    }

    public void RoundEnded(int number, RoundResult round)
    {
        foreach (var observer in all)
        {
            observer.RoundEnded(number, round);
        }
    }

    public void Failed(Failure failure)
    {
        foreach (var observer in all)
        {
            observer.Failed(failure);
        }
    }

    public void IntervalEnded(LoadInterval interval)
    {
        foreach (var observer in all)
        {
            observer.IntervalEnded(interval);
        }
    }
}
