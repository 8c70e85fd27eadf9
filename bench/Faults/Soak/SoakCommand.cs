using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Faults.CommandLine;
using Faults.Processes;
using Spectre.Console;

namespace Faults.Soak;

/// <summary>Many connections of every kind come and go for long, and what the server holds is written down again and again.</summary>
internal static class SoakCommand
{
    private const int Failed = 1;

    /// <summary>Two medians need some figures each.</summary>
    private const int FewestSamples = 8;

    private static readonly TimeSpan _shutdownTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _stopBound = TimeSpan.FromSeconds(60);

    private static readonly Option<int> _minutes = Options.Number("--minutes", "How long", 30, 1, 24 * 60);

    private static readonly Option<int> _warmUp = Options.Number(
        "--warmup", "Minutes that do not count, at the beginning", 5, 0, 60);

    private static readonly Option<int> _connections = Options.Number("--connections", "How many at once", 5_000, 20, 15_000);

    private static readonly Option<int> _sample = Options.Number("--sample", "Seconds between two looks at the server", 30, 1, 600);

    private static readonly Option<string> _place = new Option<string>("--transport")
    {
        Description = "threads or sockets.",
        DefaultValueFactory = _ => Place.Threads,
    }.AcceptOnlyFromAmong(Place.All);

    private static readonly Option<FileInfo> _csv = new("--csv")
    {
        Description = "Where the figures are written, line by line.",
        DefaultValueFactory = _ => new FileInfo("soak.csv"),
    };

    public static Command Create()
    {
        var command = new Command(
            "soak", "Lets connections of every kind come and go for long, and tells whether the server's memory, threads, files or maps grow.")
        {
            _minutes, _warmUp, _connections, _sample, _place, _csv,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(_sample) is var sample && sample > 0
                && (result.GetValue(_minutes) - result.GetValue(_warmUp)) * 60 / sample < FewestSamples)
            {
                result.AddError(string.Create(
                    CultureInfo.InvariantCulture,
                    $"--minutes, --warmup and --sample leave fewer than {FewestSamples} looks after the warm-up: take more minutes or shorter intervals"));
            }
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken interrupt)
    {
        var place = parsed.GetValue(_place)!;
        using var server = await Server.StartFaultServerAsync(place, _shutdownTimeout, SoakPeer.IdleTimeout, port: 0, interrupt);
        var counts = new SoakCounts();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        var peers = Enumerable.Range(0, parsed.GetValue(_connections))
            .Select(number => Task.Run(() => new SoakPeer(server.Address, number, counts, end.Token).RunAsync(), CancellationToken.None))
            .ToArray();
        var samples = await SampleAsync(server, counts, parsed, interrupt);
        await end.CancelAsync();
        await Task.WhenAll(peers);
        var (exitCode, stopTime) = await server.StopAsync(_stopBound, interrupt);

        var trends = SoakTrend.All(samples);
        var table = Report.CreateTable("", "first quarter", "last quarter", "most", "growth", "allowed");
        foreach (var trend in trends)
        {
            table.AddRow(
                trend.Name, Report.Text($"{trend.First:N0}"), Report.Text($"{trend.Last:N0}"), Report.Text($"{trend.Most:N0}"), Report.Text($"{trend.Growth:P1}"),
                Report.Text($"{trend.Allowed:P0}"));
        }

        AnsiConsole.Write(table);
        Console.WriteLine(Report.Text(
            $"{place}: {counts.Opened:N0} connections, {counts.Messages:N0} echoes, {counts.Failures} failures; the stop took {stopTime.TotalSeconds:F1} s, exit code {exitCode}."));
        if (counts.FirstFailure is { } failure)
        {
            Console.WriteLine($"The first failure: {failure}");
        }

        foreach (var line in Report.Lines(server.Log).Take(10))
        {
            Console.WriteLine($"The server said: {line}");
        }

        return trends.Any(trend => trend.Grows) || counts.Failures > 0 || exitCode != 0 ? Failed : 0;
    }

    /// <returns>The samples after the warm-up.</returns>
    private static async Task<IReadOnlyList<ProcessSample>> SampleAsync(
        Server server, SoakCounts counts, ParseResult parsed, CancellationToken interrupt)
    {
        var length = TimeSpan.FromMinutes(parsed.GetValue(_minutes));
        var warmUp = TimeSpan.FromMinutes(parsed.GetValue(_warmUp));
        var samples = new List<ProcessSample>();
        await using var csv = new StreamWriter(parsed.GetValue(_csv)!.FullName) { AutoFlush = true };
        await csv.WriteLineAsync("seconds,resident_kb,threads,descriptors,maps,open,opened,echoes,failures");
        var began = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(parsed.GetValue(_sample)));
        while (Stopwatch.GetElapsedTime(began) < length)
        {
            await timer.WaitForNextTickAsync(interrupt);
            var sample = ProcessSample.Take(server.ProcessId);
            var elapsed = Stopwatch.GetElapsedTime(began);
            await csv.WriteLineAsync(Report.Text(
                $"{elapsed.TotalSeconds:F0},{sample.ResidentKilobytes},{sample.Threads},{sample.Descriptors},{sample.Maps},{counts.Open},{counts.Opened},{counts.Messages},{counts.Failures}"));
            if (elapsed > warmUp)
            {
                samples.Add(sample);
            }
        }

        return samples;
    }
}
