using System.Net;

namespace Blocking;

/// <summary>How the clients speak to the server.</summary>
/// <param name="Name">What the command line and the table call it.</param>
/// <param name="Version">Of HTTP.</param>
/// <param name="IsEncrypted">Whether it goes over TLS.</param>
/// <param name="PerConnection">How many requests share a connection at once.</param>
internal sealed record Scenario(string Name, Version Version, bool IsEncrypted, int PerConnection)
{
    public static readonly IReadOnlyList<Scenario> All =
    [
        new("http", HttpVersion.Version11, IsEncrypted: false, PerConnection: 1),
        new("https", HttpVersion.Version11, IsEncrypted: true, PerConnection: 1),

        // Kestrel takes 100 streams on a connection by default.
        new("h2", HttpVersion.Version20, IsEncrypted: false, PerConnection: 100),
    ];
}

/// <summary>Where the handlers run.</summary>
internal static class Place
{
    public const string Threads = "threads";
    public const string Sockets = "sockets";

    public static readonly IReadOnlyList<string> All = [Threads, Sockets];
}
