using System.IO.Pipelines;
using System.Net.Sockets;

namespace PipeClient.Load.Links;

/// <summary>An open way to a server: a pipe in each direction, over a socket.</summary>
internal abstract class Link(Socket socket) : IDisposable
{
    public Socket Socket => socket;

    public abstract PipeReader Input { get; }

    protected abstract PipeWriter Output { get; }

    /// <summary>
    /// Takes a piece, which is the caller's own again when this returns; pending while the server does not take what there is. Throws,
    /// or is complete, once the link is broken. One caller at a time.
    /// </summary>
    public abstract ValueTask<FlushResult> SendAsync(ReadOnlyMemory<byte> piece);

    /// <summary>Ends what is pending in either direction.</summary>
    public void CancelPending()
    {
        Output.CancelPendingFlush();
        Input.CancelPendingRead();
    }

    /// <summary>Tells the server that nothing more will come; what it sends can still be read. Never fails.</summary>
    public abstract Task EndOutputAsync();

    /// <summary>Once nobody reads any more.</summary>
    public abstract void Dispose();
}
