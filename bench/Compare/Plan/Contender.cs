using Compare.Processes;

namespace Compare.Plan;

/// <summary>A server that takes part: what it is called, and what starts it on a free port.</summary>
internal sealed record Contender(string Name, ChildCommand Command)
{
    public const string Threads = "threads";
    public const string Sockets = "sockets";

    public static readonly IReadOnlyList<string> Transports = [Threads, Sockets];

    /// <summary>The stack of each connection thread: the echo needs no more, and the report says so.</summary>
    public const string StackSize = "256KB";

    public static Contender EchoHost(string transport) => new(
        transport,
        ChildCommand.Dotnet(
            Programs.EchoHost,
            [
                "--transport", transport, "--host", "127.0.0.1", "--port", "0",
                .. transport == Threads ? (string[])["--stack-size", StackSize] : [],
            ]));
}
