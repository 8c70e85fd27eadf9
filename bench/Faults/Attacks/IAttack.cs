using System.Net;

namespace Faults.Attacks;

/// <summary>Peers that misbehave in one way, in a process of their own.</summary>
internal interface IAttack
{
    /// <summary>What the command line and the table call it.</summary>
    string Name { get; }

    /// <summary>What the peers do, for the help.</summary>
    string Description { get; }

    /// <summary>How many peers, or repetitions, there are unless another number is asked for.</summary>
    int Count { get; }

    /// <summary>Whether the whole process is stopped by a signal once it is ready, and let go on before it has to end.</summary>
    bool IsFrozen => false;

    /// <summary>
    /// Misbehaves until <paramref name="stop"/>. Throws if the server has not done what an echo server owes even to such peers.
    /// </summary>
    /// <param name="server">Against whom.</param>
    /// <param name="count">How many.</param>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>What was done, in a few words.</returns>
    Task<string> RunAsync(IPEndPoint server, int count, AttackProgress progress, CancellationToken stop);
}

/// <summary>What an attack tells of itself while it runs.</summary>
/// <param name="ready">It is under way.</param>
/// <param name="enough">It has done all that it is to do at least.</param>
internal sealed class AttackProgress(Action ready, Action enough)
{
    public void Ready() => ready();

    public void Enough() => enough();
}
