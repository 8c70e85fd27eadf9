using System.Diagnostics;
using Compare.Servers;

namespace Compare.Measurement;

/// <summary>A server at one moment, looked at from outside and, where it has a runtime to ask, from inside.</summary>
internal sealed record ServerSample
{
    /// <summary>How many threads are stopped for an exact answer. With more it would be felt, and with many it would be what is measured.</summary>
    private const int MostStopped = 300;

    public required long Timestamp { get; init; }

    public required TimeSpan Cpu { get; init; }

    public required ProcessStatus Status { get; init; }

    public required CounterValues? Counters { get; init; }

    /// <summary>Context switches of all its threads since its start; null where nobody can tell.</summary>
    public required double? Switches { get; init; }

    public required MachineLoad Machine { get; init; }

    /// <summary>What is dear comes before the clocks at the begin of a window, and after them at its end.</summary>
    public static async Task<ServerSample> TakeAsync(ServerProcess server, bool atBegin, CancellationToken interrupt)
    {
        if (atBegin)
        {
            var counted = await CountAsync(server, interrupt);
            return Clock(server) with { Counters = counted.Counters, Switches = counted.Switches };
        }

        var clock = Clock(server);
        var (counters, switches) = await CountAsync(server, interrupt);
        return clock with { Counters = counters, Switches = switches };
    }

    /// <exception cref="ComparisonException">The server is gone.</exception>
    private static ServerSample Clock(ServerProcess server) => new()
    {
        Cpu = CpuClock.Read(server.ProcessId) ?? throw Gone(server),
        Timestamp = Stopwatch.GetTimestamp(),
        Machine = MachineLoad.Read(),
        Status = ProcessStatus.Read(server.ProcessId) ?? throw Gone(server),
        Counters = null,
        Switches = null,
    };

    private static async Task<(CounterValues? Counters, double? Switches)> CountAsync(ServerProcess server, CancellationToken interrupt)
    {
        var threads = ProcessStatus.Read(server.ProcessId)?.Threads ?? 0;
        if (await server.Counters.ReadAsync(isExact: threads <= MostStopped, interrupt) is { } counters)
        {
            return (counters, counters.VoluntarySwitches + counters.InvoluntarySwitches);
        }

        return (null, TaskSwitches.Read(server.ProcessId, threads));
    }

    private static ComparisonException Gone(ServerProcess server) => new($"the {server.Name} server ended during the load");
}
