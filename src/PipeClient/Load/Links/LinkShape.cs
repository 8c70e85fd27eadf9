using System.IO.Pipelines;
using System.Numerics;
using Pipelines.Sockets.Unofficial;

namespace PipeClient.Load.Links;

/// <summary>How the pipes of a run's links take memory, and on whose thread they go on.</summary>
internal sealed class LinkShape
{
    private const int MinPieceSize = 512;
    private const int MaxPieceSize = 65536;

    /// <summary>So many messages in one piece are worth its size.</summary>
    private const int MaxMessages = 16;

    /// <summary>What all connections together may hold while they wait.</summary>
    private const long BuffersAtRest = 16 << 20;

    /// <param name="connections">How many there will be.</param>
    /// <param name="maxMessageSize">Of the longest message.</param>
    /// <param name="pipelineDepth">How many messages may be under way on each.</param>
    public LinkShape(int connections, int maxMessageSize, int pipelineDepth)
    {
        var batch = (long)maxMessageSize * Math.Min(pipelineDepth, MaxMessages);
        PieceSize = (int)Math.Clamp(BitOperations.RoundUpToPowerOf2((ulong)batch), MinPieceSize, MaxPieceSize);
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

    /// <summary>
    /// Messages are sent and received in pieces of one pooled block each: small ones for small messages, so that even ten thousand
    /// connections can afford to wait with one.
    /// </summary>
    public int PieceSize { get; }

    /// <summary>
    /// A read of no bytes first, so that connections that wait hold no buffers. It costs two system calls for each message: where the
    /// buffers are small, or few, they are cheaper.
    /// </summary>
    public bool WaitsWithoutBuffer { get; }

    public PipeOptions Pipes { get; }

    public SocketConnectionOptions Socket { get; }
}
