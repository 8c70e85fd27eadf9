using System.CommandLine;
using System.Globalization;
using Spectre.Console;

namespace Blocking;

/// <summary>Runs every scenario on both transports, one after the other, and prints one table.</summary>
internal sealed class BlockingCommand
{
    private const int Usage = 2;
    private const int Failed = 1;
    private const int Interrupted = 130;

    /// <summary>Where there is no terminal to ask.</summary>
    private const int FileWidth = 100;

    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(2);

    private readonly Option<int> _clients = new("--clients", "-n")
    {
        Description = "Clients, each with one request in flight: 1 to 10000.",
        DefaultValueFactory = _ => 500,
    };

    private readonly Option<int> _sleep = new("--sleep")
    {
        Description = "How long the handler sleeps, in milliseconds: 1 to 10000.",
        DefaultValueFactory = _ => 50,
    };

    private readonly Option<int> _seconds = new("--seconds")
    {
        Description = "How long each run is measured, after a warm-up of 2 seconds: 1 to 600.",
        DefaultValueFactory = _ => 8,
    };

    private readonly Option<double> _require = new("--require")
    {
        Description = "End with 1 if the threads reach less than this share of what awaiting handlers reach (of the arithmetic limit, where "
            + "these are not run), or a request fails there: 0 to 1.",
    };

    private readonly Option<string[]> _scenarios = new("--scenario")
    {
        Description = "http (a connection per client), https (the same over TLS), h2 (100 streams a connection); may be repeated.",
        DefaultValueFactory = _ => [.. Scenario.All.Select(scenario => scenario.Name)],
    };

    private readonly Option<string[]> _places = new("--transport")
    {
        Description = "awaiting (handlers that do not block, on stock Kestrel), threads, sockets; may be repeated.",
        DefaultValueFactory = _ => [.. Place.All],
    };

    public async Task<int> RunAsync(string[] arguments)
    {
        Range(_clients, 1, 10_000);
        Range(_sleep, 1, 10_000);
        Range(_seconds, 1, 600);
        _require.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && !(double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var share) && share is >= 0 and <= 1))
            {
                result.AddError($"--require {token.Value}: give 0 to 1");
            }
        });
        _scenarios.AcceptOnlyFromAmong([.. Scenario.All.Select(scenario => scenario.Name)]);
        _places.AcceptOnlyFromAmong([.. Place.All]);
        var command = new RootCommand("Loads an HTTP server whose handler sleeps, on a thread per connection and on stock Kestrel.")
        {
            _clients, _sleep, _seconds, _require, _scenarios, _places, UploadCommand.Create(),
        };
        command.SetAction(MeasureAsync);
        var parsed = command.Parse(arguments);
        if (parsed.Errors is [var first, ..])
        {
            await Console.Error.WriteLineAsync($"Blocking: {first.Message.TrimEnd('.')} (see --help)");
            return Usage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Blocking: interrupted");
            return Interrupted;
        }
        catch (Exception failure) when (failure is BlockingException or HttpRequestException or TimeoutException or IOException
            or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"Blocking: {failure.Message}");
            return Failed;
        }
    }

    public static Table CreateTable(params string[] headings)
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = FileWidth;
        }

        var table = new Table().Border(TableBorder.Ascii2);
        foreach (var heading in headings)
        {
            table.AddColumn(new TableColumn(heading).RightAligned());
        }

        return table;
    }

    private static void Range(Option<int> option, int from, int to) => option.Validators.Add(result =>
    {
        if (result.Tokens is [var token]
            && !(int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= from && value <= to))
        {
            result.AddError($"{option.Name} {token.Value}: give {from} to {to}");
        }
    });

    private async Task<int> MeasureAsync(ParseResult parsed, CancellationToken interrupt)
    {
        var clients = parsed.GetValue(_clients);
        if (OpenFiles.Limit() is { } files && clients + OpenFiles.Spare > files)
        {
            throw new BlockingException(
                $"{clients} clients need {clients + OpenFiles.Spare} open files in each process, and the limit is {files}; "
                + $"raise it with: sudo prlimit --pid $$ --nofile={clients + OpenFiles.Spare}:{clients + OpenFiles.Spare}");
        }

        var sleep = parsed.GetValue(_sleep);
        var limit = clients * 1000.0 / sleep;
        var table = CreateTable("scenario", "transport", "requests/s", "of the limit", "p50", "p99", "failed", "pool threads");
        var enough = true;
        foreach (var scenario in Scenario.All.Where(scenario => parsed.GetValue(_scenarios)!.Contains(scenario.Name)))
        {
            var reachable = limit;
            foreach (var place in Place.All.Where(place => parsed.GetValue(_places)!.Contains(place)))
            {
                await Console.Error.WriteLineAsync($"{scenario.Name} on {place} ...");
                using var server = await ServerProcess.StartAsync(place, scenario, sleep, interrupt);
                using var load = new Load(scenario, server.Port, clients);
                var result = await load.RunAsync(_warmUp, TimeSpan.FromSeconds(parsed.GetValue(_seconds)), interrupt);
                var share = result.RequestsPerSecond / limit;
                if (place == Place.Awaiting)
                {
                    reachable = result.RequestsPerSecond;
                }
                else if (place == Place.Threads)
                {
                    enough &= result.RequestsPerSecond >= parsed.GetValue(_require) * reachable && result.Failures == 0;
                }

                table.AddRow(
                    scenario.Name, place, Text($"{result.RequestsPerSecond:N0}"), Text($"{share:P1}"),
                    Milliseconds(result.MedianMilliseconds), Milliseconds(result.P99Milliseconds), Text($"{result.Failures:N0}"),
                    Text($"{await server.StopAsync(interrupt)}"));
                if (result.FirstFailure is { } failure)
                {
                    await Console.Error.WriteLineAsync($"  the first of the {result.Failures} that failed: {failure}");
                }
            }
        }

        AnsiConsole.Write(table);
        Console.WriteLine(Text($"{clients} clients, a handler that sleeps {sleep} ms: at most {limit:N0} requests a second."));
        return enough || parsed.GetResult(_require) is null ? 0 : Failed;
    }

    private static string Milliseconds(double? value) => value is { } number ? Text($"{number:N0} ms") : "-";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
