using System.IO.Pipelines;
using System.Net.Sockets;
using Pipelines.Sockets.Unofficial;

namespace PipeClient.Load.Links;

/// <summary>A plain TCP or Unix connection.</summary>
internal sealed class SocketLink : Link
{
    // A zero-length read waits without a buffer: ten thousand waiting connections hold none.
    private const SocketConnectionOptions Options =
        SocketConnectionOptions.ZeroLengthReads | SocketConnectionOptions.InlineReads | SocketConnectionOptions.InlineWrites;

    private readonly SocketConnection _connection;

    public SocketLink(Socket socket, PipeOptions pipes)
        : base(socket) =>
        _connection = SocketConnection.Create(socket, pipes, Options);

    public override PipeReader Input => _connection.Input;

    public override PipeWriter Output => _connection.Output;

    public override void EndOutput() => _connection.Output.Complete();

    public override void Dispose()
    {
        _connection.Output.Complete();
        _connection.Input.Complete();
        _connection.Dispose();
    }
}
