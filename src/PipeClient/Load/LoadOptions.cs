namespace PipeClient.Load;

/// <summary>What one run does. The values are taken as checked; the command line is where they are judged.</summary>
internal sealed record LoadOptions
{
    public const int DefaultConnectParallelism = 64;

    /// <summary>How many connections are open at once.</summary>
    public required int Connections { get; init; }

    /// <summary>The server.</summary>
    public required Target Target { get; init; }

    /// <summary>What every connection sends and expects back; never empty.</summary>
    public required ReadOnlyMemory<byte> Message { get; init; }

    /// <summary>How often every connection echoes once.</summary>
    public int Rounds { get; init; } = 1;

    /// <summary>The time within which all connections together must be open; what is not open then has failed.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The time one round may take; connections that have not echoed by then have failed.</summary>
    public TimeSpan EchoTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How many connects are under way at once.</summary>
    public int ConnectParallelism { get; init; } = DefaultConnectParallelism;

    /// <summary>How long a server may take to end its side once the client has ended its own.</summary>
    public TimeSpan CloseGrace { get; init; } = TimeSpan.FromSeconds(2);
}
