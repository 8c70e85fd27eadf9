using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;

namespace PipeClient.Load.Links;

/// <summary>
/// A TCP or Unix connection inside TLS: the pipes are on the encrypting stream. It is waited on without a buffer whatever the number
/// of connections, for then the stream holds none either, and its own are large.
/// </summary>
internal sealed class TlsLink(Socket socket, SslStream stream, LinkShape shape) : Link(socket)
{
    public override PipeReader Input { get; } = PipeReader.Create(
        stream, new StreamPipeReaderOptions(bufferSize: shape.PieceSize, minimumReadSize: 1, leaveOpen: true, useZeroByteReads: true));

    protected override PipeWriter Output { get; } = PipeWriter.Create(
        stream, new StreamPipeWriterOptions(minimumBufferSize: shape.PieceSize, leaveOpen: true));

    /// <summary>By way of the pipe's own memory: a write would go on reading the piece after it has returned.</summary>
    public override ValueTask<FlushResult> SendAsync(ReadOnlyMemory<byte> piece)
    {
        piece.CopyTo(Output.GetMemory(piece.Length));
        Output.Advance(piece.Length);
        return Output.FlushAsync();
    }

    public override async Task EndOutputAsync()
    {
        try
        {
            await stream.ShutdownAsync();
            Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception)
        {
            // The server was faster, and how it ends is its own affair.
        }
    }

    public override void Dispose()
    {
        stream.Dispose();
        Socket.Dispose();
    }
}
