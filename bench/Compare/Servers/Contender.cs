using System.Globalization;
using Compare.Processes;

namespace Compare.Servers;

/// <summary>A server that takes part: what it is called, and what starts it.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Command">What starts it for a role on a port; null where it cannot play the role.</param>
internal sealed record Contender(string Name, Func<ServerRole, int, ChildCommand?> Command)
{
    public const string Threads = "threads";
    public const string Sockets = "sockets";

    /// <summary>A blocking loop on a thread for each connection, without Kestrel: what C# can do at best in this way.</summary>
    public const string Bare = "bare";

    /// <summary>Where a command of the user's wants the port.</summary>
    public const string PortPlaceholder = "{port}";

    public static readonly IReadOnlyList<string> BuiltIn = [Threads, Sockets, Bare];

    /// <summary>The stack of each connection thread: the handlers here need no more, and the report says so.</summary>
    public const string StackSize = "256KB";

    /// <summary>Whether it needs to be given a port. Others choose one and write it down.</summary>
    public bool NeedsPort { get; init; }

    public static Contender Of(string name) => name == Bare
        ? new(name, (role, _) => role == ServerRole.Echo ? HandlerHost(name, role) : null)
        : new(name, (role, _) => role == ServerRole.Echo ? EchoHost(name) : HandlerHost(name, role));

    /// <summary>A server of the user's own. It echoes, so it takes part where that is all there is to do.</summary>
    /// <param name="name">What the table calls it.</param>
    /// <param name="words">The program and its arguments, with <see cref="PortPlaceholder"/> in one of them.</param>
    public static Contender External(string name, IReadOnlyList<string> words) => new(
        name,
        (role, port) => role == ServerRole.Echo
            ? new ChildCommand(
                words[0],
                [.. words.Skip(1).Select(word => word.Replace(
                    PortPlaceholder, port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal))])
            : null)
    {
        NeedsPort = true,
    };

    private static ChildCommand EchoHost(string transport) => ChildCommand.Dotnet(
        Programs.EchoHost,
        [
            "--transport", transport, "--host", "127.0.0.1", "--port", "0",
            .. transport == Threads ? (string[])["--stack-size", StackSize] : [],
        ]);

    private static ChildCommand HandlerHost(string transport, ServerRole role) => ChildCommand.Dotnet(
        Programs.HandlerHost,
        [
            "--transport", transport, "--protocol", role.Protocol,
            .. role.Protocol == ServerRole.Raw ? (string[])["--work", role.Work] : [],
            .. transport == Sockets ? [] : (string[])["--stack-size", StackSize],
        ]);
}
