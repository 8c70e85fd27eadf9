using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Load;

/// <summary>The loads that the load client for raw connections has no mode for.</summary>
internal static class LoadCommand
{
    private const int Usage = 2;
    private const int Failed = 1;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var host = new Option<IPEndPoint>("--host")
        {
            Description = "the server: an address and a port, such as 127.0.0.1:80",
            Required = true,
            CustomParser = result => IPEndPoint.TryParse(Text(result), out var address) && address.Port > 0
                ? address
                : Refuse<IPEndPoint>(result, "an address and a port, such as 127.0.0.1:80"),
        };
        var connections = Number("--connections", 1, 60_000, 1, "how many connections are open at once");
        var size = Number("--size", 1, 1 << 20, 64, "how long a message is, in bytes");
        var warmUp = Time("--warmup", "how long the load runs before it counts");
        var duration = Time("--duration", "how long it counts");
        var path = new Option<string>("--path") { Description = "what to ask for", DefaultValueFactory = _ => "/" };
        var expect = new Option<string>("--expect") { Description = "the body of a right answer", Required = true };
        var tls = new Option<bool>("--tls") { Description = "encrypt the connections, and take any certificate" };

        var http = new Command("http", "Each connection asks for a path again when the answer is there.")
        {
            host, connections, warmUp, duration, path, expect, tls,
        };
        http.SetAction((parsed, interrupt) => RunAsync(
            () => new HttpWorker(parsed.GetValue(host)!, parsed.GetValue(path)!, parsed.GetValue(expect)!, parsed.GetValue(tls)),
            parsed.GetValue(connections), parsed.GetValue(warmUp), parsed.GetValue(duration), interrupt));
        var churn = new Command("churn", "Each of so many connects, echoes once and closes, again and again.")
        {
            host, connections, warmUp, duration, size,
        };
        churn.SetAction((parsed, interrupt) => RunAsync(
            () => new ChurnWorker(parsed.GetValue(host)!, parsed.GetValue(size)),
            parsed.GetValue(connections), parsed.GetValue(warmUp), parsed.GetValue(duration), interrupt));
        var slow = new Command("slow", "Connections that send without end and read little of what comes back, until they are ended.")
        {
            host, connections,
        };
        slow.SetAction((parsed, interrupt) =>
            SlowPeers.RunAsync(parsed.GetValue(host)!, parsed.GetValue(connections), Console.Out, interrupt));

        var parsed = new RootCommand("Loads a server for the comparison.") { http, churn, slow }.Parse(arguments);
        if (parsed.Errors is [var first, ..])
        {
            await Console.Error.WriteLineAsync($"Load: {first.Message.TrimEnd('.')} (see --help)");
            return Usage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception failure) when (failure is SocketException or IOException)
        {
            await Console.Error.WriteLineAsync($"Load: {failure.Message}");
            return Failed;
        }
    }

    private static async Task<int> RunAsync(
        Func<Worker> create, int connections, TimeSpan warmUp, TimeSpan duration, CancellationToken interrupt)
    {
        var report = await LoadRun.RunAsync([.. Enumerable.Range(0, connections).Select(_ => create())], warmUp, duration, Console.Out, interrupt);
        await Console.Out.WriteLineAsync(report.ToJson());
        return 0;
    }

    private static Option<int> Number(string name, int least, int most, int preset, string description) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => preset,
        CustomParser = result =>
            int.TryParse(Text(result), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
                ? number
                : Refuse<int>(result, string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}")),
    };

    private static Option<TimeSpan> Time(string name, string description) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => TimeSpan.FromSeconds(1),
        CustomParser = result =>
            Text(result) is var text && text.EndsWith("ms", StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(0, text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
                ? TimeSpan.FromMilliseconds(milliseconds)
                : Refuse<TimeSpan>(result, "milliseconds, such as 500ms"),
    };

    private static string Text(ArgumentResult result) => result.Tokens[^1].Value;

    private static T Refuse<T>(ArgumentResult result, string allowed)
    {
        result.AddError($"{(result.Parent as OptionResult)?.Option.Name} '{Text(result)}' is not allowed: give {allowed}");
        return default!;
    }
}
