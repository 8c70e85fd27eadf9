using System.CommandLine;
using Servers.Work;

namespace Servers;

/// <summary>Reads what to serve and how, and serves until a signal ends it.</summary>
internal static class ServerCommand
{
    private const int Usage = 2;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var transport = Choice("--transport", "what carries the connections", Transport.All);
        var protocol = Choice("--protocol", "what they speak", Protocol.All);
        var work = Choice("--work", "what a raw connection's handler does before it sends a message back", Works.All);
        var port = new Option<int>("--port") { Description = "the port on 127.0.0.1; 0 lets the system choose" };
        var sleep = new Option<int>("--sleep") { Description = "how long sleep is, in milliseconds", DefaultValueFactory = _ => 50 };
        var stackSize = new Option<string>("--stack-size")
        {
            Description = "the stack of each connection's thread: bytes or text",
            DefaultValueFactory = _ => "256KB",
        };
        var command = new RootCommand("A server for the comparison: raw or HTTP, with handlers that block or do not.")
        {
            transport, protocol, work, port, sleep, stackSize,
        };
        command.SetAction((parsed, interrupt) =>
        {
            var settings = new ServerSettings
            {
                Transport = parsed.GetValue(transport)!,
                Protocol = parsed.GetValue(protocol)!,
                Work = parsed.GetValue(work)!,
                Port = parsed.GetValue(port),
                Sleep = TimeSpan.FromMilliseconds(parsed.GetValue(sleep)),
                StackSize = parsed.GetValue(stackSize)!,
            };
            return settings.Transport == Transport.Bare ? BareServer.RunAsync(settings, interrupt) : KestrelServer.RunAsync(settings);
        });
        var parsed = command.Parse(arguments);
        if (parsed.Errors is [var first, ..])
        {
            await Console.Error.WriteLineAsync($"Servers: {first.Message.TrimEnd('.')} (see --help)");
            return Usage;
        }

        return await parsed.InvokeAsync();
    }

    private static Option<string> Choice(string name, string description, IReadOnlyList<string> values)
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => values[0] };
        return option.AcceptOnlyFromAmong([.. values]);
    }
}
