using System.IO.Pipelines;
using System.Net.Sockets;
using Pipelines.Sockets.Unofficial;

namespace PipeClient.Load.Links;

/// <summary>A plain TCP or Unix connection.</summary>
internal sealed class SocketLink(Socket socket, LinkShape shape) : Link(socket)
{
    private readonly SocketConnection _connection = SocketConnection.Create(socket, shape.Pipes, shape.Socket);

    public override PipeReader Input => _connection.Input;

    protected override PipeWriter Output => _connection.Output;

    /// <summary>
    /// Not by way of the pipe's own memory: a send loop that fails completes the pipe, and its blocks are somebody else's from then
    /// on. Only a write that copies does so under the pipe's lock.
    /// </summary>
    public override ValueTask<FlushResult> SendAsync(ReadOnlyMemory<byte> piece) => Output.WriteAsync(piece);

    /// <summary>The connection ends the socket's side itself when everything has been sent.</summary>
    public override Task EndOutputAsync()
    {
        _connection.Output.Complete();
        return Task.CompletedTask;
    }

    public override void Dispose()
    {
        _connection.Output.Complete();
        _connection.Input.Complete();
        _connection.Dispose();
    }
}
