using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;

namespace PipeClient.Load.Links;

/// <summary>
/// An open way to a server, plain or inside TLS: a pipe in each direction, straight on the socket's stream. A pipe of one's own with
/// loops that pump it costs two more system calls and a copy for each message.
/// </summary>
internal sealed class Link : IDisposable
{
    private readonly Stream _stream;

    /// <param name="socket">Connected, and owned by the stream.</param>
    /// <param name="stream">A network stream, or TLS around one.</param>
    /// <param name="shape">How the pipes take memory.</param>
    public Link(Socket socket, Stream stream, LinkShape shape)
    {
        Socket = socket;
        _stream = stream;
        Input = PipeReader.Create(stream, new StreamPipeReaderOptions(
            bufferSize: shape.PieceSize, minimumReadSize: 1, leaveOpen: true, useZeroByteReads: shape.WaitsWithoutBuffer));
        Output = PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: shape.PieceSize, leaveOpen: true));
    }

    public Socket Socket { get; }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    /// <summary>Tells the server that nothing more will come; what it sends can still be read.</summary>
    public async Task EndOutputAsync()
    {
        try
        {
            if (_stream is SslStream tls)
            {
                await tls.ShutdownAsync();
            }

            Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception)
        {
            // The server was faster, and how it ends is its own affair.
        }
    }

    /// <summary>Once nobody reads any more.</summary>
    public void Dispose() => _stream.Dispose();
}
