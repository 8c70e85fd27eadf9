using KestrelAsyncEcho.Settings;

namespace KestrelAsyncEcho.CommandLine;

/// <summary>
/// An option of the command line and the configuration key it stands for. Nothing reads an option directly: it becomes the
/// topmost layer of the configuration, so that a setting means the same wherever it was given.
/// </summary>
/// <param name="Name">As it is written, with its dashes.</param>
/// <param name="Value">What stands for its value in the help.</param>
/// <param name="Default">The value that holds when it is given nowhere, or null when there is none.</param>
/// <param name="ThreadsKey">Its configuration key with the thread transport.</param>
/// <param name="SocketsKey">Its configuration key with Kestrel's Sockets transport, or null when it has no such setting.</param>
/// <param name="Description">What the help says.</param>
internal sealed record EchoOption(
    string Name,
    string Value,
    string? Default,
    string ThreadsKey,
    string? SocketsKey,
    string Description)
{
    public static readonly EchoOption Transport = Common(
        "--transport", "threads|sockets", "threads", EchoKeys.Transport,
        "threads: one operating-system thread per connection. sockets: stock Kestrel, nothing of the library in the path.");

    public static readonly EchoOption Host = Common(
        "--host", "name|address|*", "localhost", EchoKeys.Host,
        "Where to listen: an IP address, a name, localhost (127.0.0.1 and ::1), or * for every address of this machine.");

    public static readonly EchoOption Port = Common(
        "--port", "0-65535", "1234", EchoKeys.Port,
        "The TCP port. 0 takes a free one, on the host's first address only (localhost: 127.0.0.1).");

    public static readonly EchoOption UnixSocket = Common(
        "--unix-socket", "path", null, EchoKeys.UnixSocket,
        "Listen on this Unix domain socket instead of a host and port.");

    public static readonly EchoOption StackSize = new(
        "--stack-size", "size", "256KB", "ThreadTransport:StackSize", null,
        "Stack of each connection thread: bytes or a number with KB, MB. threads only.");

    public static readonly EchoOption MaxConnections = new(
        "--max-connections", "count", null, "ThreadTransport:MaxConnections", "Kestrel:Limits:MaxConcurrentConnections",
        "Connections held at once. Unset: with threads as many as the process has room for, with sockets no limit. "
            + "sockets closes what is above it.");

    public static readonly EchoOption WhenFull = new(
        "--when-full", "wait|reject", "wait", "ThreadTransport:WhenFull", null,
        "What happens to a client above --max-connections: it waits to be accepted, or is reset. threads only.");

    public static readonly EchoOption Backlog = new(
        "--backlog", "count", null, "ThreadTransport:Backlog", "SocketTransport:Backlog",
        "How many clients may wait to be accepted; the kernel caps it (Linux: net.core.somaxconn). Unset: threads 4096, sockets 512.");

    public static readonly EchoOption ShutdownTimeout = Common(
        "--shutdown-timeout", "seconds", "10", EchoKeys.ShutdownTimeout,
        "How long a stop waits for connections before it aborts them: seconds, or hours:minutes:seconds.");

    public static readonly EchoOption Verbosity = Common(
        "--verbosity", "level", "warning", EchoKeys.Verbosity,
        "Least severe log level that is written to standard error: trace, debug, information, warning, error, critical, none.");

    public static readonly IReadOnlyList<EchoOption> All =
        [Transport, Host, Port, UnixSocket, StackSize, MaxConnections, WhenFull, Backlog, ShutdownTimeout, Verbosity];

    private static EchoOption Common(string name, string value, string? defaultValue, string key, string description)
        => new(name, value, defaultValue, key, key, description);
}
