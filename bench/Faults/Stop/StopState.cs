using Faults.Serving;

namespace Faults.Stop;

/// <summary>What connections are at when their server is told to stop.</summary>
/// <param name="Name">What the command line and the table call it.</param>
/// <param name="Kind">The handler.</param>
/// <param name="Share">What part of the connections asked for; each may be costly.</param>
/// <param name="Reads">Whether the peers read to the end once the server has been told to stop.</param>
internal sealed record StopState(string Name, byte Kind, double Share = 1, bool Reads = false)
{
    /// <summary>Told to stop, the handlers return.</summary>
    public static readonly StopState Idle = new("idle", Handlers.Echo, Reads: true);

    public static readonly StopState Drain = new("data to drain", Handlers.Drain, Share: 0.01, Reads: true);

    public static readonly StopState Block = new("blocked in handlers", Handlers.Block);

    public static readonly IReadOnlyList<StopState> All =
    [
        Idle, Drain, new("mid-message", Handlers.Rest), Block, new("blocked in sends", Handlers.Send),
    ];

    /// <summary>
    /// How many of them a transport takes. A blocked handler holds a thread of the pool on Kestrel's own transport, which adds one or two
    /// a second: more than a few never get to their handler.
    /// </summary>
    public int Count(int connections, string place) =>
        this == Block && place == Place.Sockets ? Math.Min(connections, 10) : Math.Max(1, (int)(connections * Share));
}
