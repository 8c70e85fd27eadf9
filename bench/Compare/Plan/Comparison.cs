using Compare.Load;
using Compare.Presentation;
using Compare.Processes;
using Compare.Results;
using Compare.Servers;

namespace Compare.Plan;

/// <summary>Carries out the plan: for each run a fresh server, the load, the figures, and nothing left behind.</summary>
internal sealed class Comparison(Settings settings, IProgressDisplay progress)
{
    public async Task<IReadOnlyList<RunResult>> RunAsync(CancellationToken interrupt)
    {
        using var launcher = new Launcher();
        var results = new List<RunResult>();
        foreach (var run in RunPlan.Of(settings))
        {
            results.Add(await RunOnceAsync(launcher, run, interrupt));
        }

        return results;
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
