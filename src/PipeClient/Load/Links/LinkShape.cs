namespace PipeClient.Load.Links;

/// <summary>How the pipes of a run's links take memory.</summary>
internal sealed record LinkShape
{
    private const int MinPieceSize = 4096;
    private const int MaxPieceSize = 65536;

    /// <summary>What all connections together may hold while they wait.</summary>
    private const long BuffersAtRest = 8 << 20;

    public LinkShape(int connections, int maxMessageSize)
    {
        PieceSize = Math.Clamp(maxMessageSize, MinPieceSize, MaxPieceSize);
        WaitsWithoutBuffer = (long)connections * PieceSize > BuffersAtRest;
    }

    /// <summary>A message is sent and received in pieces of one pooled block each: small ones for small messages.</summary>
    public int PieceSize { get; }

    /// <summary>
    /// A read of no bytes first, so that ten thousand waiting connections hold no buffers. It costs a system call for each message,
    /// which few connections can save.
    /// </summary>
    public bool WaitsWithoutBuffer { get; }
}
