namespace Compare.Load;

/// <summary>How long a load runs before it counts, and how long it counts.</summary>
internal sealed record Timing(TimeSpan WarmUp, TimeSpan Duration)
{
    private const int ManyConnections = 5_000;

    /// <summary>
    /// So much of the time that counts is left out at either end of what is measured of the server, whose clock is not the client's.
    /// </summary>
    public TimeSpan Margin => Duration / 10;

    /// <summary>Thousands of connections need longer until each is accepted, has its thread, and has been busy a few times.</summary>
    public Timing For(int connections) => connections >= ManyConnections ? this with { WarmUp = WarmUp * 8 } : this;
}
