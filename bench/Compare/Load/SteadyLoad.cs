using System.Diagnostics;
using Compare.Measurement;
using Compare.Processes;
using Compare.Results;

namespace Compare.Load;

/// <summary>
/// A load that goes on evenly: server and machine are looked at where it begins to count and where it ends. What goes on beside it, if
/// anything does, is there before and after.
/// </summary>
/// <param name="connections">The most that are open at once, those beside included.</param>
/// <param name="client">The client that is measured, with so many connections.</param>
internal sealed class SteadyLoad(int connections, Func<LoadContext, int, ChildCommand> client) : ILoad
{
    /// <summary>
    /// How many connections warm a server up before all come. All of them at once leave the compiler of a server that runs by just-in-time
    /// compilation no core, and what is measured then is for how long.
    /// </summary>
    private const int Few = 2;

    /// <summary>From how many on that makes a difference.</summary>
    private const int Crowd = 50;

    /// <summary>Below it, what a server takes for itself once it is warm hides what its connections take.</summary>
    private const int FewestForMemory = 1000;

    public const string Connected = "connected: ";

    public int Connections => connections;

    /// <summary>Clients that stay beside the one that is measured, and the line by which each says that it is there.</summary>
    public (Func<LoadContext, ChildCommand> Client, string Ready)? Beside { get; init; }

    /// <summary>How many of them the client that is measured has, if not all.</summary>
    public int? Busy { get; init; }

    /// <summary>Whether to look at the server before the load, when there are only those beside it.</summary>
    public bool MeasuresIdle { get; init; }

    /// <summary>What arithmetic allows at most, in messages a second.</summary>
    public double? Limit { get; init; }

    public async Task<Findings> RunAsync(LoadContext context)
    {
        var findings = new Findings();
        var empty = ProcessStatus.Read(context.Server.ProcessId);
        await using var threads = ThreadWatch.Start(context.Server.ProcessId);
        await using var beside = Beside is { } others ? await StartBesideAsync(context, others) : null;
        if (MeasuresIdle)
        {
            context.Say("all are idle");
            SetMemory(findings, empty, ProcessStatus.Read(context.Server.ProcessId));
            SetCollections(findings, await context.Server.Counters.ProbeCollectionsAsync(context.Interrupt));
        }

        var busy = Busy ?? connections;
        if (busy >= Crowd)
        {
            context.Say("warming up with few");
            await WarmUpWithFewAsync(context);
        }

        var timing = context.Timing.For(busy);
        await using var measured = await context.StartAsync(client(context, busy));
        var connected = await measured.ReachedAsync(Connected, context.Interrupt);
        context.Say("warming up");
        await Task.Delay(timing.WarmUp + timing.Margin, context.Interrupt);
        context.Say("measuring");
        var begin = await ServerSample.TakeAsync(context.Server, atBegin: true, context.Interrupt);
        var ours = OurCpu(measured, beside);

        // A server with thousands of threads may have taken a good part of the time to answer.
        var left = timing.WarmUp + timing.Duration - timing.Margin - Stopwatch.GetElapsedTime(connected);
        await Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, context.Interrupt);
        var late = left < timing.Duration / 4 || Stopwatch.GetElapsedTime(connected) > timing.WarmUp + timing.Duration;
        var oursSince = OurCpu(measured, beside) - ours;
        var end = await ServerSample.TakeAsync(context.Server, atBegin: false, context.Interrupt);
        var report = await measured.ReportAsync(context.Interrupt);

        var window = new Window(begin, end);
        SetReport(findings, report);
        if (!late)
        {
            // Otherwise the client may have been gone by the end, and its processor time with it.
            findings.Disturbance = Disturbance.Between(begin.Machine, end.Machine, window.Cpu + oursSince, window.Length);
            SetWindow(findings, window, report.MessagesPerSecond * window.Length.TotalSeconds);
        }

        if (!MeasuresIdle)
        {
            SetMemory(findings, empty, end.Status);
        }

        findings.Set(Metric.Threads.Key, threads.Peak);
        findings.Set(Metric.PeakResident.Key, end.Status.PeakResidentKilobytes);
        return findings;
    }

    private async Task WarmUpWithFewAsync(LoadContext context)
    {
        var half = context.Timing.WarmUp / 2;
        var alone = context with { Timing = new Timing(WarmUp: half, Duration: half) };
        await using var few = await alone.StartAsync(client(alone, Few));
        await few.FinishAsync(context.Interrupt);
    }

    private static async Task<ClientProcess> StartBesideAsync(
        LoadContext context, (Func<LoadContext, ChildCommand> Client, string Ready) others)
    {
        var beside = await context.StartAsync(others.Client(context));
        try
        {
            await beside.ReachedAsync(others.Ready, context.Interrupt);
            return beside;
        }
        catch
        {
            await beside.DisposeAsync();
            throw;
        }
    }

    /// <summary>Of this program and its clients.</summary>
    private static TimeSpan OurCpu(ClientProcess measured, ClientProcess? beside) =>
        (CpuClock.Read(Environment.ProcessId) ?? default)
        + (CpuClock.Read(measured.Id) ?? default)
        + (beside is null ? default : CpuClock.Read(beside.Id) ?? default);

    private void SetReport(Findings findings, LoadReport report)
    {
        findings.Latency = report.Latency;
        findings.Set(Metric.Rate.Key, report.MessagesPerSecond);
        findings.Set(Metric.Failed.Key, report.Failed.Values.Sum());
        var (fewest, most) = report.Fairness;
        findings.Set(Metric.Fewest.Key, fewest);
        findings.Set(Metric.Most.Key, most);
        findings.Set(Metric.Fairness.Key, most > 0 ? (double)fewest / most : null);
        findings.Set(Metric.P50.Key, report.At(50));
        findings.Set(Metric.P99.Key, report.At(99));
        findings.Set(Metric.P999.Key, report.At(99.9));
        findings.Set(Metric.LimitShare.Key, report.MessagesPerSecond / Limit);
    }

    private static void SetWindow(Findings findings, Window window, double messages)
    {
        findings.Set(Metric.Cpu.Key, window.Cpu.TotalMicroseconds / messages);
        findings.Set(Metric.Switches.Key, window.Switches / messages);
        findings.Set(Metric.Allocated.Key, window.AllocatedBytes / messages);
        findings.Set(Metric.Collections.Key, window.Collections);
        findings.Set(Metric.Pauses.Key, window.PauseMilliseconds);
        findings.Set(Metric.LongestPause.Key, window.LongestPauseMilliseconds);
        findings.Set(Metric.PoolThreads.Key, window.End.Counters?.PoolThreads);
    }

    private void SetMemory(Findings findings, ProcessStatus? empty, ProcessStatus? now)
    {
        if (connections >= FewestForMemory)
        {
            findings.Set(Metric.Memory.Key, (double?)(now?.ResidentKilobytes - empty?.ResidentKilobytes) / connections);
        }

        findings.Set(Metric.Resident.Key, now?.ResidentKilobytes);
    }

    /// <summary>The first finds what the start has left over, and does not count.</summary>
    private static void SetCollections(Findings findings, double[]? pauses)
    {
        if (pauses is { Length: > 1 })
        {
            findings.Set(Metric.IdlePause.Key, Statistics.Median(pauses.Skip(1)));
        }
    }
}
