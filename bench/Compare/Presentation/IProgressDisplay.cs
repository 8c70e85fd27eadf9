using Compare.Plan;
using Compare.Results;

namespace Compare.Presentation;

/// <summary>Is told what goes on.</summary>
internal interface IProgressDisplay
{
    void Started(PlannedRun run);

    void Moved(PlannedRun run, string what);

    void Ended(PlannedRun run, RunResult result);
}
