using System.IO.Pipelines;
using System.Net.Sockets;

namespace PipeClient.Load.Links;

/// <summary>An open way to a server: a pipe in each direction, over a socket.</summary>
internal abstract class Link(Socket socket) : IDisposable
{
    public Socket Socket => socket;

    public abstract PipeReader Input { get; }

    public abstract PipeWriter Output { get; }

    /// <summary>Tells the server that nothing more will come; what it sends can still be read.</summary>
    public abstract void EndOutput();

    public abstract void Dispose();
}
