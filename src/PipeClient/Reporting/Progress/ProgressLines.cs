using PipeClient.Load;
using PipeClient.Load.Outcome;

namespace PipeClient.Reporting.Progress;

/// <summary>A line for every second, where there is no terminal to show it in.</summary>
internal sealed class ProgressLines(Screen screen) : ILoadObserver
{
    public void Connected(int connections, TimeSpan elapsed)
    {
    }

    public void RoundEnded(int number, RoundResult round)
    {
    }

    public void IntervalEnded(LoadInterval interval)
    {
        // What is left of the last second is the report's to say.
        if (interval.Phase == LoadPhase.Ended)
        {
            return;
        }

        var times = interval.Latencies.Headline;
        var p99 = times.Count > 0 ? Quantity.Time(times.At(99)) : "-";
        var state = $"{interval.Phase.Describe()}, {interval.Connections} connections";
        screen.Line(
            $"second {interval.Number}: {state}, {interval.MessagesPerSecond:F0} messages/s, p99 {p99}, {interval.Failed} errors");
    }
}
