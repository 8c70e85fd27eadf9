using System.IO.Pipelines;
using Pipelines.Sockets.Unofficial;

namespace PipeClient.Load.Links;

/// <summary>How the pipes of a run's links take memory, and on whose thread they go on.</summary>
internal sealed class LinkShape
{
    private const int MinPieceSize = 4096;
    private const int MaxPieceSize = 65536;

    /// <summary>What all connections together may hold while they wait.</summary>
    private const long BuffersAtRest = 8 << 20;

    public LinkShape(int connections, int maxMessageSize)
    {
        PieceSize = Math.Clamp(maxMessageSize, MinPieceSize, MaxPieceSize);
        WaitsWithoutBuffer = (long)connections * PieceSize > BuffersAtRest;
        Pipes = new PipeOptions(
            // Whoever brings the bytes goes on with them: a hop to another thread for each message costs more than the work itself.
            readerScheduler: PipeScheduler.Inline,
            writerScheduler: PipeScheduler.Inline,
            pauseWriterThreshold: 2 * MaxPieceSize,
            resumeWriterThreshold: MaxPieceSize,
            minimumSegmentSize: PieceSize,
            useSynchronizationContext: false);
        Socket = SocketConnectionOptions.InlineReads | SocketConnectionOptions.InlineWrites
            | (WaitsWithoutBuffer ? SocketConnectionOptions.ZeroLengthReads : SocketConnectionOptions.None);
    }

    /// <summary>A message is sent and received in pieces of one pooled block each: small ones for small messages.</summary>
    public int PieceSize { get; }

    /// <summary>
    /// A read of no bytes first, so that ten thousand waiting connections hold no buffers. It costs two system calls for each message,
    /// which few connections can save.
    /// </summary>
    public bool WaitsWithoutBuffer { get; }

    public PipeOptions Pipes { get; }

    public SocketConnectionOptions Socket { get; }
}
