using Compare.Plan;
using Compare.Results;
using Spectre.Console;

namespace Compare.Presentation;

/// <summary>A bar over all runs, with the time that is left, above it what runs now and below the last results, for a terminal.</summary>
internal sealed class ProgressBar(ProgressTask task, IAnsiConsole console) : IProgressDisplay
{
    /// <summary>Runs something with a bar.</summary>
    public static Task RunAsync(TextWriter output, int runs, Func<IProgressDisplay, Task> action)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        return console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(context => action(new ProgressBar(context.AddTask("starting", maxValue: runs), console)));
    }

    public void Started(PlannedRun run) => task.Description = Markup.Escape($"{run}");

    public void Moved(PlannedRun run, string what) => task.Description = Markup.Escape($"{run}: {what}");

    public void Ended(PlannedRun run, RunResult result)
    {
        task.Increment(1);
        console.MarkupLineInterpolated($"[grey]{run}:[/] {Highlights.Of(result)}");
    }
}
