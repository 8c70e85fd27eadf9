using System.Globalization;
using Compare.Processes;
using Compare.Servers;

namespace Compare.Load;

/// <summary>The command lines of the load clients.</summary>
internal static class Clients
{
    /// <summary>Beside what is measured for seconds, this is for ever; the comparison ends it.</summary>
    private const string Forever = "1h";

    /// <summary>Each connection sends a message when the last one is back.</summary>
    public static ChildCommand Echo(LoadContext context, int connections, string size, string verify = "full") => PipeClient(
        context.Server,
        connections,
        [
            "--size", size, "--verify", verify,
            "--warmup", Milliseconds(context.Timing.For(connections).WarmUp),
            "--duration", Milliseconds(context.Timing.For(connections).Duration),
        ]);

    /// <summary>Each connection echoes once, together, and closes.</summary>
    public static ChildCommand Once(LoadContext context, int connections, string size) =>
        PipeClient(context.Server, connections, ["--size", size, "--rounds", "1"]);

    /// <summary>Each connection echoes once and is then only kept open.</summary>
    public static ChildCommand Idle(LoadContext context, int connections, string size) =>
        PipeClient(context.Server, connections, ["--size", size, "--rounds", "1", "--hold", Forever]);

    /// <summary>Connections that send and do not read at the pace of what comes back.</summary>
    public static ChildCommand Slow(LoadContext context, int connections) => LoadProgram(context, "slow", connections, []);

    /// <summary>Each of so many opens a connection, echoes once and closes it, again and again.</summary>
    public static ChildCommand Churn(LoadContext context, int connections, string size) =>
        LoadProgram(context, "churn", connections, ["--size", size, .. Times(context, connections)]);

    /// <summary>Each connection asks for a path again when the answer is there.</summary>
    public static ChildCommand Http(LoadContext context, int connections, string path, string expect, bool isEncrypted) => LoadProgram(
        context,
        "http",
        connections,
        ["--path", path, "--expect", expect, .. isEncrypted ? (string[])["--tls"] : [], .. Times(context, connections)]);

    private static ChildCommand PipeClient(ServerProcess server, int connections, IEnumerable<string> arguments) => ChildCommand.Dotnet(
        Programs.Client,
        [
            "--connections", connections.ToString(CultureInfo.InvariantCulture),
            "--host", server.Address.ToString(),
            "--summary", "json",
            .. arguments,
        ]);

    private static ChildCommand LoadProgram(LoadContext context, string what, int connections, IEnumerable<string> arguments) =>
        ChildCommand.Dotnet(
            Programs.LoadProgram,
            [
                what,
                "--connections", connections.ToString(CultureInfo.InvariantCulture),
                "--host", context.Server.Address.ToString(),
                .. arguments,
            ]);

    private static string[] Times(LoadContext context, int connections)
    {
        var timing = context.Timing.For(connections);
        return ["--warmup", Milliseconds(timing.WarmUp), "--duration", Milliseconds(timing.Duration)];
    }

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:F0}ms");
}
