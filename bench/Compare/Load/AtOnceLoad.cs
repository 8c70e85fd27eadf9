using System.Diagnostics;
using Compare.Measurement;
using Compare.Processes;
using Compare.Results;

namespace Compare.Load;

/// <summary>
/// All connections are opened as fast as they can be, echo once, and close; and then the same again, on the same server: the first time
/// it is cold, the second it has what the first has left behind.
/// </summary>
/// <param name="connections">How many.</param>
/// <param name="client">The client that does so once.</param>
internal sealed class AtOnceLoad(int connections, Func<LoadContext, ChildCommand> client) : ILoad
{
    private const string FirstRound = "round 1: ";

    public int Connections => connections;

    public async Task<Findings> RunAsync(LoadContext context)
    {
        var findings = new Findings();
        await using var threads = ThreadWatch.Start(context.Server.ProcessId);
        var begin = MachineLoad.Read();
        var began = Stopwatch.GetTimestamp();
        var ours = Ours(context);

        context.Say("cold");
        var (open, echo, total) = await RunOnceAsync(context);
        findings.Set(Metric.ColdOpen.Key, open);
        findings.Set(Metric.ColdEcho.Key, echo);
        findings.Set(Metric.Cold.Key, total);
        context.Say("warm");
        var (_, _, warm) = await RunOnceAsync(context);
        findings.Set(Metric.Warm.Key, warm);

        findings.Disturbance = Disturbance.Between(
            begin, MachineLoad.Read(), Ours(context) - ours, Stopwatch.GetElapsedTime(began));
        findings.Set(Metric.Threads.Key, threads.Peak);
        findings.Set(Metric.PeakResident.Key, ProcessStatus.Read(context.Server.ProcessId)?.PeakResidentKilobytes);
        return findings;
    }

    /// <summary>The clients have ended by then, and are among the children.</summary>
    private static TimeSpan Ours(LoadContext context) =>
        (CpuClock.Read(Environment.ProcessId) ?? default) + (CpuClock.Read(context.Server.ProcessId) ?? default)
        + CpuClock.OfEndedChildren();

    /// <summary>
    /// The client says how long opening and the echo took; the rest is closing, from its last echo's line until it has ended, which it
    /// does when the server has closed its side of every connection.
    /// </summary>
    private async Task<(double Open, double Echo, double Total)> RunOnceAsync(LoadContext context)
    {
        await using var process = await context.StartAsync(client(context));
        var echoed = await process.ReachedAsync(FirstRound, context.Interrupt);
        var summary = RoundSummary.Find(await process.FinishAsync(context.Interrupt), connections)
            ?? throw new ComparisonException($"the client gave no account of every echo of the {context.Server.Name} server");
        var closing = Stopwatch.GetElapsedTime(echoed).TotalSeconds;
        var echo = summary.Rounds[0].Seconds;
        return (summary.ConnectSeconds, echo, summary.ConnectSeconds + echo + closing);
    }
}
