namespace Servers;

/// <summary>What to serve, and how.</summary>
internal sealed record ServerSettings
{
    public required string Transport { get; init; }

    public required string Protocol { get; init; }

    public required string Work { get; init; }

    public required int Port { get; init; }

    public required TimeSpan Sleep { get; init; }

    public required string StackSize { get; init; }
}

/// <summary>What carries the connections.</summary>
internal static class Transport
{
    public const string Threads = "threads";

    /// <summary>Stock Kestrel: nothing of the library is even loaded.</summary>
    public const string Sockets = "sockets";

    /// <summary>No Kestrel: a blocking loop on a thread of its own for each connection.</summary>
    public const string Bare = "bare";

    public static readonly IReadOnlyList<string> All = [Threads, Sockets, Bare];
}

/// <summary>What the connections speak.</summary>
internal static class Protocol
{
    public const string Raw = "raw";
    public const string Http = "http";
    public const string Https = "https";

    public static readonly IReadOnlyList<string> All = [Raw, Http, Https];
}
