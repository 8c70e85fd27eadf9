using System.Net;
using PipeClient.Load.Connecting;
using PipeClient.Load.Messages;

namespace PipeClient.Load;

/// <summary>What one run does. The values are taken as checked; the command line is where they are judged.</summary>
internal sealed record LoadOptions
{
    public const int DefaultConnectParallelism = 64;

    /// <summary>How many replies a connection of an open loop may owe before its next messages wait, if nobody says otherwise.</summary>
    public const int DefaultOpenPipeline = 1024;

    /// <summary>How many connections are open at once.</summary>
    public required int Connections { get; init; }

    /// <summary>The servers, one or more. Connections go to them in turn.</summary>
    public required IReadOnlyList<Target> Targets { get; init; }

    /// <summary>The addresses to connect from, in turn; empty when the system is to choose.</summary>
    public IReadOnlyList<IPAddress> Sources { get; init; } = [];

    /// <summary>Null for plain connections.</summary>
    public TlsSettings? Tls { get; init; }

    /// <summary>What every connection sends and expects back.</summary>
    public required MessageContent Content { get; init; }

    /// <summary>How much of a reply is compared.</summary>
    public Verification Verify { get; init; } = Verification.Full;

    /// <summary>How often every connection echoes once, in rounds; 0 to only open, and hold, the connections.</summary>
    public int Rounds { get; init; } = 1;

    /// <summary>How long messages are sent; null when their number, or nothing, ends the load.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>How many messages each connection sends; null for no limit.</summary>
    public long? MessagesPerConnection { get; init; }

    /// <summary>How many messages all connections together send; null for no limit.</summary>
    public long? TotalMessages { get; init; }

    /// <summary>How many messages a second are due over all connections: an open loop. Null for a closed one.</summary>
    public double? Rate { get; init; }

    /// <summary>How many messages a connection may have sent without a reply; null for the mode's own.</summary>
    public int? Pipeline { get; init; }

    /// <summary>How long the load runs before it is counted.</summary>
    public TimeSpan WarmUp { get; init; }

    /// <summary>How long the connections are kept open afterwards, or for themselves. Null for not at all.</summary>
    public TimeSpan? Hold { get; init; }

    /// <summary>How many connections a second are opened; null for as many as the parallelism allows.</summary>
    public double? ConnectRate { get; init; }

    /// <summary>
    /// The time within which all connections together must be open; what is not open then has failed. A connect rate adds the time
    /// that it needs.
    /// </summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The time that one round, or one message of the other modes, may take; what is not back by then has failed.</summary>
    public TimeSpan EchoTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How many connects are under way at once.</summary>
    public int ConnectParallelism { get; init; } = DefaultConnectParallelism;

    /// <summary>How long a server may take to end its side once the client has ended its own.</summary>
    public TimeSpan CloseGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Rounds unless something else was asked for.</summary>
    public LoadMode Mode =>
        Rate is not null ? LoadMode.Open
        : Duration is not null || MessagesPerConnection is not null || TotalMessages is not null ? LoadMode.Closed
        : Rounds == 0 ? LoadMode.Hold
        : LoadMode.Rounds;

    /// <summary>How many messages a connection may have sent without a reply.</summary>
    public int PipelineDepth => Pipeline ?? (Mode == LoadMode.Open ? DefaultOpenPipeline : 1);
}
