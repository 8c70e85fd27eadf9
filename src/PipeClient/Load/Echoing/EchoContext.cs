using System.IO.Pipelines;
using PipeClient.Load.Messages;
using PipeClient.Load.Outcome;

namespace PipeClient.Load.Echoing;

/// <summary>What all connections of a run share.</summary>
internal sealed class EchoContext
{
    private const int MinPieceSize = 4096;
    private const int MaxPieceSize = 65536;

    public EchoContext(MessageContent content)
    {
        var message = new byte[content.MaxSize];
        content.Fill(0, 0, 0, message);
        Message = message;
        Pipes = new PipeOptions(
            // Whoever brings the bytes goes on with them: a hop to another thread for each message costs more than the work
            // itself, and an allocation.
            readerScheduler: PipeScheduler.Inline,
            writerScheduler: PipeScheduler.Inline,
            pauseWriterThreshold: 2 * MaxPieceSize,
            resumeWriterThreshold: MaxPieceSize,
            minimumSegmentSize: PieceSize,
            useSynchronizationContext: false);
    }

    /// <summary>A message is sent and received in pieces of one pooled block each: small ones for small messages.</summary>
    public int PieceSize => Math.Clamp(Message.Length, MinPieceSize, MaxPieceSize);

    public ReadOnlyMemory<byte> Message { get; }

    public PipeOptions Pipes { get; }

    public ConnectionCount Connections { get; } = new();

    public FailureLedger Failures { get; } = new();

    public RoundCountdown Round { get; } = new();
}
