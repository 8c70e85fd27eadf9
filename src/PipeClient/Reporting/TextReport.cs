using PipeClient.Judgement;
using PipeClient.Load;
using PipeClient.Load.Outcome;

namespace PipeClient.Reporting;

/// <summary>
/// Prints a run for people: line by line as it happens, and tables at the end. The lines are stable: other programs wait for them.
/// </summary>
internal sealed class TextReport(Screen screen, bool isQuiet) : ILoadObserver
{
    public void Connected(int connections, TimeSpan elapsed)
    {
        if (!isQuiet)
        {
            screen.Line($"connected: {connections} in {elapsed.TotalSeconds:F3} s");
        }
    }

    public void RoundEnded(int number, RoundResult round)
    {
        if (!isQuiet)
        {
            screen.Line($"round {number}: {round.Elapsed.TotalSeconds:F3} s, {round.EchoesPerSecond:F0} echoes/s");
        }
    }

    public void Ended(Verdict verdict)
    {
        var result = verdict.Result;
        screen.Line($"Max conc: {result.MaxConcurrent}");
        screen.Line($"total: {result.Total}");
        screen.Line($"conc: {result.Concurrent}");
        screen.Line($"connect all: {result.ConnectTime.TotalSeconds:F3} s");
        screen.Line($"echo all: {result.MeasuredTime.TotalSeconds:F3} s");
        WriteFailures(result);
        screen.Write(ResultTables.Totals(result, screen.Border));
        screen.Write(ResultTables.Latencies(result.Latencies, screen.Border));
        if (result.Targets.Count > 1)
        {
            screen.Write(ResultTables.Targets(result, screen.Border));
        }

        foreach (var finding in verdict.Findings)
        {
            screen.Line($"assertion {(finding.Holds ? "holds" : "fails")}: {finding}");
        }
    }

    private void WriteFailures(LoadResult result)
    {
        if (result.ConnectRetries > 0)
        {
            screen.Line($"connects repeated (the server's backlog was full): {result.ConnectRetries}");
        }

        if (result.Failed > 0)
        {
            screen.Line($"failed: {result.Failed}");
        }

        foreach (var (reason, count, first) in result.Failures)
        {
            var example = first.Detail is null ? "" : count == 1 ? $" ({first.Detail})" : $" (the first {first.Detail})";
            screen.Line($"  {reason.Describe()}: {count}{example}");
        }
    }
}
