using System.Globalization;
using Compare.Results;
using Compare.Servers;

namespace Compare.Presentation;

/// <summary>The outcome for people: the tables, and below them what they were measured on and how.</summary>
internal static class Outcome
{
    public static void Write(TextWriter output, bool toTerminal, Session session, IReadOnlyList<RunResult> runs)
    {
        output.WriteLine();
        var settings = session.Settings;
        ComparisonTable.Write(output, toTerminal, CaseResult.Group(runs));
        output.WriteLine(session.Machine);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Median of {Count(settings.Rounds, "round")}{(settings.Servers.Count > 1 ? ", the servers in turns" : "")}; each load ran "
            + $"{settings.WarmUpSeconds:0.##} s before it counted for {settings.DurationSeconds:0.##} s, in messages of "
            + $"{settings.MessageSize} bytes."));
        output.WriteLine("Before that, loads that keep 50 connections or more busy ran as long with two; at-once did not.");
        output.WriteLine(settings.PinnedCores is { } cores
            ? $"A core each: {cores}. Otherwise server and client share all cores; load average before: {session.Machine.LoadAverage}."
            : $"Server and client share the cores; load average before: {session.Machine.LoadAverage}.");
        if (settings.Servers.Contains(Contender.Threads))
        {
            output.WriteLine($"threads: stacks of {settings.StackSize} for each connection thread.");
        }

        if (settings.Servers.Count == 2)
        {
            output.WriteLine(settings.Rounds > 1
                ? "Ratios: the median round ± half of what lies between lowest and highest; + better, - worse, = within 5 %, ? the rounds disagree."
                : "Ratios of one round say little: give --rounds.");
        }

        var disturbed = runs.Count(run => run.IsDisturbed);
        if (disturbed > 0)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"DISTURBED: in {disturbed} of {runs.Count} runs others used the machine too (up to "
                + $"{runs.Max(run => run.OtherCores):F1} cores by other processes, {runs.Max(run => run.StolenCores):F1} by the machine's host)."));
        }

        if (!session.Machine.IsOptimized)
        {
            output.WriteLine($"This is a {session.Machine.Configuration} build: run with -c Release for figures that count.");
        }
    }

    private static string Count(int number, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {what}{(number == 1 ? "" : "s")}");
}
