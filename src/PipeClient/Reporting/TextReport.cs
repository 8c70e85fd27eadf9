using System.Globalization;
using PipeClient.Load;
using PipeClient.Load.Outcome;

namespace PipeClient.Reporting;

/// <summary>Prints a run for people, line by line as it happens. The lines are stable: other programs wait for them.</summary>
internal sealed class TextReport(TextWriter output) : ILoadObserver
{
    public void Connected(int connections, TimeSpan elapsed) => Line($"connected: {connections} in {elapsed.TotalSeconds:F3} s");

    public void RoundEnded(int number, RoundResult round) =>
        Line($"round {number}: {round.Elapsed.TotalSeconds:F3} s, {round.EchoesPerSecond:F0} echoes/s");

    public void Ended(LoadResult result)
    {
        Line($"Max conc: {result.MaxConcurrent}");
        Line($"total: {result.Total}");
        Line($"conc: {result.Concurrent}");
        Line($"connect all: {result.ConnectTime.TotalSeconds:F3} s");
        Line($"echo all: {result.EchoTime.TotalSeconds:F3} s");
        if (result.ConnectRetries > 0)
        {
            Line($"connects repeated (the server's backlog was full): {result.ConnectRetries}");
        }

        if (result.Failed > 0)
        {
            Line($"failed: {result.Failed}");
        }

        foreach (var (reason, count, first) in result.Failures)
        {
            var example = first.Detail is null ? "" : count == 1 ? $" ({first.Detail})" : $" (the first {first.Detail})";
            Line($"  {reason.Describe()}: {count}{example}");
        }
    }

    /// <summary>Flushed, because whoever reads this through a pipe acts on the moment.</summary>
    private void Line(FormattableString text)
    {
        output.WriteLine(text.ToString(CultureInfo.InvariantCulture));
        output.Flush();
    }
}
