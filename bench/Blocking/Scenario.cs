namespace Blocking;

/// <summary>How the clients speak to the server.</summary>
/// <param name="Name">What the command line and the table call it.</param>
/// <param name="IsEncrypted">Whether it goes over TLS.</param>
/// <param name="PerConnection">How many requests share a connection at once; more than one is HTTP/2.</param>
internal sealed record Scenario(string Name, bool IsEncrypted, int PerConnection)
{
    public static readonly IReadOnlyList<Scenario> All =
    [
        new("http", IsEncrypted: false, PerConnection: 1),
        new("https", IsEncrypted: true, PerConnection: 1),

        // Kestrel takes 100 streams on a connection by default.
        new("h2", IsEncrypted: false, PerConnection: 100),
    ];

    public bool IsHttp2 => PerConnection > 1;

    public IConnection Connect(int port) => IsHttp2 ? new HttpClientConnection(port) : new SocketConnection(port, IsEncrypted);
}

/// <summary>Where the handlers run.</summary>
internal static class Place
{
    /// <summary>On Kestrel's own transport, and they do not block but await: what this machine can do at all.</summary>
    public const string Awaiting = "awaiting";

    public const string Threads = "threads";
    public const string Sockets = "sockets";

    public static readonly IReadOnlyList<string> All = [Awaiting, Threads, Sockets];
}
