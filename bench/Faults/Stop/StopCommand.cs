using System.CommandLine;
using Faults.CommandLine;
using Faults.Processes;
using Spectre.Console;

namespace Faults.Stop;

/// <summary>Ends servers that are full of connections, in good order and by force, and prints one table of how that went.</summary>
internal static class StopCommand
{
    private const int Failed = 1;

    /// <summary>What may pass after the timeout: Kestrel's second for aborted connections, and the end of the process.</summary>
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(3);

    private static readonly Option<int> _connections = Options.Number("--connections", "How many there are at the stop", 10_000, 10, 15_000);

    private static readonly Option<int> _timeout = Options.Number("--timeout", "The server's shutdown timeout, in seconds", 10, 1, 60);

    private static readonly Option<string[]> _places = Options.Places();

    public static Command Create()
    {
        var command = new Command("stop", "Stops and kills servers that are full of connections, and starts them again on the same port.")
        {
            _connections, _timeout, _places,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken interrupt)
    {
        var timeout = TimeSpan.FromSeconds(parsed.GetValue(_timeout));
        var table = Report.CreateTable("connections are", "transport", "connections", "ended by", "after", "exit", "whole", "next serves after");
        var good = true;
        foreach (var place in parsed.GetValue(_places)!)
        {
            var runs = StopState.All.Select(state => (State: state, Signal: Libc.Terminate)).Append((StopState.Idle, Libc.Kill));
            foreach (var (state, signal) in runs)
            {
                await Console.Error.WriteLineAsync($"{state.Name} on {place} ...");
                var killed = signal == Libc.Kill;
                var result = await StopRun.RunAsync(state, place, parsed.GetValue(_connections), timeout, signal, interrupt);

                // At once, for who interrupts a long run.
                await Console.Error.WriteLineAsync(Report.Text(
                    $"  {result.Connections:N0} connections, {result.Time.TotalSeconds:F1} s, exit code {result.ExitCode}, {result.Whole:N0} whole"));
                good &= result.Time <= timeout + _grace
                    && (killed || (result.ExitCode == 0 && (!state.Reads || result.Whole == result.Connections)));
                table.AddRow(
                    state.Name, place, Report.Text($"{result.Connections:N0}"), killed ? "SIGKILL" : "SIGTERM", Report.Text($"{result.Time.TotalSeconds:F1} s"),
                    Report.Text($"{result.ExitCode}"), state.Reads && !killed ? Report.Text($"{result.Whole:N0}") : "-",
                    Report.Text($"{result.Restarted.TotalSeconds:F1} s"));
            }
        }

        AnsiConsole.Write(table);
        Console.WriteLine(Report.Text($"Shutdown timeout {timeout.TotalSeconds} s. whole: peers that got all that they were owed, and a FIN."));
        return good ? 0 : Failed;
    }
}
