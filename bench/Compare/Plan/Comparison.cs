using Compare.Load;
using Compare.Measurement;
using Compare.Presentation;
using Compare.Processes;

namespace Compare.Plan;

/// <summary>Carries out the plan: for each run a fresh server, the load, the figures, and nothing left behind.</summary>
internal sealed class Comparison(Settings settings, Func<string, Contender> contend, Progress progress)
{
    public async Task<IReadOnlyList<RunResult>> RunAsync(CancellationToken interrupt)
    {
        using var launcher = new Launcher();
        var contenders = settings.Transports.Select(contend).ToList();
        var results = new List<RunResult>();
        foreach (var run in RunPlan.Interleave(contenders, settings.Repeat))
        {
            results.Add(await RunOnceAsync(launcher, run, interrupt));
        }

        return results;
    }

    private async Task<RunResult> RunOnceAsync(Launcher launcher, PlannedRun run, CancellationToken interrupt)
    {
        await using var server = await ServerProcess.StartAsync(launcher, run.Contender, interrupt);
        progress.ServerStarted(run, server.Address, server.ProcessId);
        await using var monitor = ServerMonitor.Start(server.ProcessId);
        var load = new LoadPlan(settings.Connections, settings.Rounds, settings.Message);
        var summary = await LoadClient.RunAsync(launcher, load, server, moment =>
        {
            monitor.Mark(moment.Round);
            progress.LoadMoved(run, load, moment);
        }, interrupt);

        var measured = load.Measured(summary).ToList();
        var cpu = monitor.CpuBetween(
            LoadPlan.FirstRound, load.LastMeasuredRound, TimeSpan.FromSeconds(measured.Sum(round => round.Seconds)));
        var result = new RunResult
        {
            Server = run.Contender.Name,
            Connections = summary.MaxConcurrent,
            ConnectSeconds = summary.ConnectSeconds,
            FirstEchoSeconds = summary.Rounds[0].Seconds,
            EchoesPerSecond = Statistics.Median(measured.Select(round => round.EchoesPerSecond)),
            CpuMicrosecondsPerEcho = cpu?.TotalMicroseconds / measured.Sum(round => (double)round.Echoes),
            PeakResidentKilobytes = monitor.PeakResidentKilobytes(),
            PeakThreads = monitor.PeakThreads,
        };
        progress.RunEnded(run, result);
        await server.StopAsync(interrupt);
        return result;
    }
}
