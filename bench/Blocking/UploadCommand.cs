using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace Blocking;

/// <summary>
/// Uploads to a handler that reads its body synchronously, against one that awaits: a read that blocks shall not cost more.
/// </summary>
internal static class UploadCommand
{
    private const int WarmUps = 1;
    private const int Repeats = 5;

    private static readonly (int Clients, int Uploads, int Size)[] _loads = [(1, 100, 100_000), (1, 5, 10_000_000), (100, 20, 100_000)];

    public static Command Create()
    {
        var command = new Command("uploads", "Times uploads to a handler that reads synchronously, and to one that awaits.");
        command.SetAction((_, interrupt) => RunAsync(interrupt));
        return command;
    }

    private static async Task<int> RunAsync(CancellationToken interrupt)
    {
        var table = BlockingCommand.CreateTable("transport", "clients", "uploads each", "of bytes", "awaited", "synchronous", "ratio");
        foreach (var place in Place.All)
        {
            using var server = await ServerProcess.StartAsync(place, Scenario.All[0], sleepMilliseconds: 1, interrupt);
            using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 100 });
            client.BaseAddress = new Uri($"http://127.0.0.1:{server.Port}");
            foreach (var (clients, uploads, size) in _loads)
            {
                await Console.Error.WriteLineAsync($"{clients} clients on {place} ...");
                var awaited = new List<double>();
                var synchronous = new List<double>();
                for (var i = 0; i < WarmUps + Repeats; i++)
                {
                    awaited.Add(await TimeAsync(client, SleepServer.AwaitedUpload, clients, uploads, size, interrupt));
                    synchronous.Add(await TimeAsync(client, SleepServer.SynchronousUpload, clients, uploads, size, interrupt));
                }

                var (a, s) = (Median(awaited), Median(synchronous));
                table.AddRow([
                    place, .. ((FormattableString[])[$"{clients}", $"{uploads}", $"{size:N0}", $"{a:N0} ms", $"{s:N0} ms", $"{s / a:F2}x"])
                        .Select(cell => cell.ToString(CultureInfo.InvariantCulture))]);
            }

            await server.StopAsync(interrupt);
        }

        AnsiConsole.Write(table);
        Console.WriteLine($"Median of {Repeats} runs of each, in turns.");
        return 0;
    }

    private static async Task<double> TimeAsync(
        HttpClient client, string path, int clients, int uploads, int size, CancellationToken interrupt)
    {
        var body = new byte[size];
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(async _ =>
        {
            for (var i = 0; i < uploads; i++)
            {
                using var content = new ByteArrayContent(body);
                using var response = await client.PostAsync(path, content, interrupt);
                var received = await response.Content.ReadAsStringAsync(interrupt);
                if (received != size.ToString(CultureInfo.InvariantCulture))
                {
                    throw new BlockingException($"the server answered {(int)response.StatusCode} \"{received}\" to {size} bytes");
                }
            }
        }));
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    private static double Median(List<double> values) => values.Skip(WarmUps).Order().ElementAt(Repeats / 2);
}
