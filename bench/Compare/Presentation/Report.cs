using System.Globalization;
using Compare.Plan;

namespace Compare.Presentation;

/// <summary>The outcome for people: the table, and below it what it was measured on and how.</summary>
internal static class Report
{
    public static void Write(TextWriter output, bool toTerminal, Settings settings, Machine machine, IReadOnlyList<RunResult> runs)
    {
        output.WriteLine();
        ComparisonTable.Write(output, toTerminal, runs);
        output.WriteLine(machine);
        output.WriteLine(
            $"Median of {Count(settings.Repeat, "run")} of each server, {Order(settings)}; "
            + $"{Count(settings.Rounds, "round")} measured after the first.");
        output.WriteLine($"Client and server share the cores; load average before: {machine.LoadAverage}. Every echo was verified.");
        if (settings.Transports.Contains(Contender.Threads))
        {
            output.WriteLine($"threads: the echo host with stacks of {settings.StackSize} for each connection thread.");
        }

        if (settings.Transports.Count > 1)
        {
            output.WriteLine(settings.Repeat > 1
                ? "even: within 5 %. unclear: the runs of the two overlap; a larger --repeat may tell."
                : "even: within 5 %. One run of each says little: give --repeat.");
        }

        if (runs.Any(run => run.CpuMicrosecondsPerEcho is null))
        {
            output.WriteLine("Some runs were too short, or the machine too busy, to tell the CPU per echo: give more --rounds.");
        }

        if (!machine.IsOptimized)
        {
            output.WriteLine($"This is a {machine.Configuration} build: run with -c Release for figures that count.");
        }
    }

    private static string Order(Settings settings) =>
        settings.Transports.Count > 1 && settings.Repeat > 1 ? "interleaved" : "one after the other";

    private static string Count(int number, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {what}{(number == 1 ? "" : "s")}");
}
