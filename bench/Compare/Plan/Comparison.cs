using Compare.Load;
using Compare.Presentation;
using Compare.Processes;
using Compare.Results;
using Compare.Servers;

namespace Compare.Plan;

/// <summary>Carries out the plan: for each run a fresh server, the load, the figures, and nothing left behind.</summary>
internal sealed class Comparison(Settings settings, IProgressDisplay progress)
{
    /// <param name="results">Gets each run when it has ended, so that they are there if one fails.</param>
    /// <param name="interrupt">Ends the present run.</param>
    public async Task RunAsync(List<RunResult> results, CancellationToken interrupt)
    {
        using var launcher = new Launcher();
        foreach (var run in RunPlan.Of(settings))
        {
            results.Add(await RunOnceAsync(launcher, run, interrupt));
        }
    }

    private async Task<RunResult> RunOnceAsync(Launcher launcher, PlannedRun run, CancellationToken interrupt)
    {
        progress.Started(run);
        await using var server = await ServerProcess.StartAsync(launcher, run.Contender, run.Case.Role, run.Cores.Server, interrupt);
        var findings = await run.Case.Load.RunAsync(new LoadContext
        {
            Launcher = launcher,
            Server = server,
            Cores = run.Cores,
            Timing = settings.Timing,
            Say = what => progress.Moved(run, what),
            Interrupt = interrupt,
        });
        var result = new RunResult
        {
            Session = 0,
            Scenario = run.Scenario.Name,
            Case = run.Case.Name,
            Connections = run.Case.Load.Connections,
            IsPinned = run.IsPinned,
            Server = run.Contender.Name,
            Round = run.Round,
            Values = findings.Values,
            Latency = findings.Latency,
            OtherCores = findings.Disturbance.OtherCores,
            StolenCores = findings.Disturbance.StolenCores,
            IsDisturbed = findings.Disturbance.IsDisturbed,
        };
        progress.Ended(run, result);
        await server.StopAsync(interrupt);
        return result;
    }
}
