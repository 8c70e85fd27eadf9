using PipeClient.Load;
using PipeClient.Load.Outcome;

namespace PipeClient.Tests;

/// <summary>Calls a test back at a run's milestones.</summary>
internal sealed class Observer : ILoadObserver
{
    public Action<int> OnConnected { get; init; } = _ => { };

    public Action<int, RoundResult> OnRoundEnded { get; init; } = (_, _) => { };

    public void Connected(int connections, TimeSpan elapsed) => OnConnected(connections);

    public void RoundEnded(int number, RoundResult round) => OnRoundEnded(number, round);
}
