using Support;

namespace Randomised.Tests.Sequences;

/// <summary>What a transport promises beyond the contract that all share.</summary>
/// <param name="Transport">Whose connections they are.</param>
/// <param name="HasThreads">What follows a read is on a dedicated thread.</param>
/// <param name="ReadsAtLeastAreReads">Also where a read asks for so many bytes, and may so be several.</param>
/// <param name="MayTakeResetForFin">
/// A reset of which a send has been told first looks to the receive like a FIN, and so to the application. On Kestrel's transport
/// it does; on this one it does not.
/// </param>
/// <param name="MayLogAfterEnd">
/// A send or receive that fails because the connection was ended on this side is logged as a reset by the peer, or as an error.
/// Kestrel's transport does so; this one does not.
/// </param>
internal sealed record Form(ITransport Transport, bool HasThreads, bool ReadsAtLeastAreReads, bool MayTakeResetForFin, bool MayLogAfterEnd)
{
    public static Form Of(string name) => new(
        Transports.Every.Single(transport => transport.Name == name),
        HasThreads: name != "Sockets",
        ReadsAtLeastAreReads: name is not ("Sockets" or "Wrapper"),
        MayTakeResetForFin: name is "Sockets" or "Wrapper",
        MayLogAfterEnd: name is "Sockets" or "Wrapper");

    public void CheckThread(History history, string after)
    {
        if (HasThreads && Thread.CurrentThread.IsThreadPoolThread)
        {
            history.Fail($"On a pool thread after {after}.");
        }
    }
}
