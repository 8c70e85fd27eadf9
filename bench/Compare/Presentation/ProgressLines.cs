using Compare.Plan;
using Compare.Results;

namespace Compare.Presentation;

/// <summary>Says of each run, where there is no terminal, in one line what it has shown.</summary>
internal sealed class ProgressLines(TextWriter output, int runs) : IProgressDisplay
{
    private int _number;

    public void Started(PlannedRun run) => _number++;

    public void Moved(PlannedRun run, string what)
    {
        // A line for each step would hide the results.
    }

    public void Ended(PlannedRun run, RunResult result)
    {
        output.WriteLine($"[{_number}/{runs}] {run}: {Highlights.Of(result)}");
        output.Flush();
    }
}
