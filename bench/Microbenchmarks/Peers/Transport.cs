namespace Microbenchmarks.Peers;

internal enum Transport
{
    /// <summary>Kestrel's own.</summary>
    Sockets,

    Threads,
}
