using System.CommandLine;
using System.Globalization;
using Faults.Attacks;
using Faults.Idle;
using Faults.Soak;
using Faults.Stop;
using Spectre.Console;

namespace Faults.CommandLine;

/// <summary>Puts every fault to both transports, and prints one table of what it cost others.</summary>
internal static class FaultsCommand
{
    private const int Usage = 2;
    private const int Failed = 1;
    private const int Interrupted = 130;

    private static readonly Option<string[]> _faults = new("--fault")
    {
        Description = "Which fault; may be repeated. Without, all.",
        DefaultValueFactory = _ => [.. AttackKinds.All.Select(attack => attack.Name)],
    };

    private static readonly Option<string[]> _places = Options.Places();

    private static readonly Option<int> _connections = Options.Number(
        "--connections", "Well-behaved connections beside the fault", 100, 1, 5_000);

    private static readonly Option<int> _pause = Options.Number(
        "--pause", "Milliseconds that each of them pauses between two messages", 0, 0, 10_000);

    private static readonly Option<int> _seconds = Options.Number("--seconds", "Length of each measurement", 3, 1, 60);

    private static readonly Option<int> _repeats = Options.Number(
        "--repeats", "Measurements without and with each fault, in turns", 3, 1, 100);

    private static readonly Option<double> _scale = Options.Decimal(
        "--scale", "What part of the usual number of peers attacks", 1, 0.001, 1.5);

    private static readonly Option<double> _require = Options.Decimal(
        "--require", "End with 1 if a fault makes the 99th percentile of others on threads worse than so many times", 0, 0, 1000);

    public static async Task<int> RunAsync(string[] arguments)
    {
        _faults.AcceptOnlyFromAmong([.. AttackKinds.All.Select(attack => attack.Name)]);
        _faults.Description += " " + string.Join("; ", AttackKinds.All.Select(attack =>
            $"{attack.Name}: {attack.Description} ({attack.Count.ToString("N0", CultureInfo.InvariantCulture)})")) + ".";
        var command = new RootCommand(
            "Puts hostile and broken peers to the echo host on threads and on sockets, and measures what they cost others.")
        {
            _faults, _places, _connections, _pause, _seconds, _repeats, _scale, _require, SoakCommand.Create(), StopCommand.Create(), IdleCommand.Create(),
        };
        command.SetAction(MeasureAsync);
        var parsed = command.Parse(arguments);
        if (parsed.Errors is [var first, ..])
        {
            await Console.Error.WriteLineAsync($"Faults: {first.Message.TrimEnd('.')} (see --help)");
            return Usage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Faults: interrupted");
            return Interrupted;
        }
        catch (Exception failure) when (failure is FaultsException or IOException or UnauthorizedAccessException
            or System.Net.Sockets.SocketException)
        {
            await Console.Error.WriteLineAsync($"Faults: {failure.Message}");
            return Failed;
        }
    }

    private static async Task<int> MeasureAsync(ParseResult parsed, CancellationToken interrupt)
    {
        var settings = new FaultSettings(
            parsed.GetValue(_connections), TimeSpan.FromMilliseconds(parsed.GetValue(_pause)),
            TimeSpan.FromSeconds(parsed.GetValue(_seconds)), parsed.GetValue(_repeats), parsed.GetValue(_scale));
        var most = parsed.GetResult(_require) is { Implicit: false } ? parsed.GetValue(_require) : double.PositiveInfinity;
        var table = Report.CreateTable(
            "fault", "transport", "p50", "p99", "p50 with", "p99 with", "ratio", "failed", "threads", "memory", "left", "exit", "stop");
        var accounts = new List<string>();
        var good = true;
        foreach (var attack in AttackKinds.All.Where(attack => parsed.GetValue(_faults)!.Contains(attack.Name)))
        {
            foreach (var place in parsed.GetValue(_places)!)
            {
                await Console.Error.WriteLineAsync($"{attack.Name} on {place} ...");
                var result = await FaultRun.RunAsync(attack, place, settings, interrupt);
                good &= place != Place.Threads || (result.Ratio <= most && result is { Failures: 0, ExitCode: 0 });
                table.AddRow(
                    attack.Name, place, Milliseconds(result.Without, 50), Milliseconds(result.Without, 99),
                    Milliseconds(result.With, 50), Milliseconds(result.With, 99), Report.Text($"{result.Ratio:F2}x"), Report.Text($"{result.Failures}"),
                    Report.Text($"{result.Peak.Threads:N0}"), Report.Text($"{result.Peak.ResidentKilobytes / 1024:N0} MB"), Report.Text($"{result.Left:N0}"),
                    Report.Text($"{result.ExitCode}"), Report.Text($"{result.StopTime.TotalSeconds:F1} s"));

                // At once, for who interrupts a long run.
                await Console.Error.WriteLineAsync(Report.Text(
                    $"  p99 {result.P99Without:F2} ms without, {result.P99With:F2} ms with it: {result.Ratio:F2}x"));
                accounts.Add($"{attack.Name} on {place}: {result.Account}");
                accounts.AddRange(Report.Lines(result.Log).Take(3).Select(line => $"  the server said: {line}"));
                if (result.FirstFailure is { } failure)
                {
                    accounts.Add($"  the first of the others that failed: {failure}");
                }
            }
        }

        AnsiConsole.Write(table);
        Console.WriteLine(Report.Text(
            $"{settings.Connections} other connections, pause {settings.Pause.TotalMilliseconds} ms, {settings.Repeats} times {settings.Window.TotalSeconds} s without and with each fault."));
        accounts.ForEach(Console.WriteLine);
        return good ? 0 : Failed;
    }

    private static string Milliseconds(HdrHistogram.LongConcurrentHistogram times, double percentile) =>
        Report.Text($"{times.GetValueAtPercentile(percentile) / 1e6:F2} ms");
}
