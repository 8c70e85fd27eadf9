using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;

namespace PipeClient.Load.Links;

/// <summary>A TCP or Unix connection inside TLS.</summary>
internal sealed class TlsLink : Link
{
    private readonly SslStream _stream;

    public TlsLink(Socket socket, SslStream stream)
        : base(socket)
    {
        _stream = stream;
        // A stream cannot be waited on without a buffer, but TLS holds one of its own only while there is something to decrypt.
        Input = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true));
        Output = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
    }

    public override PipeReader Input { get; }

    public override PipeWriter Output { get; }

    public override void EndOutput()
    {
        _ = EndAsync();

        async Task EndAsync()
        {
            try
            {
                await _stream.ShutdownAsync();
                Socket.Shutdown(SocketShutdown.Send);
            }
            catch (Exception)
            {
                // The server was faster.
            }
        }
    }

    public override void Dispose()
    {
        _stream.Dispose();
        Socket.Dispose();
    }
}
