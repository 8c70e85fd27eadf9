using Compare.Processes;
using Compare.Servers;

namespace Compare.Load;

/// <summary>What a load runs in.</summary>
internal sealed record LoadContext
{
    public required Launcher Launcher { get; init; }

    public required ServerProcess Server { get; init; }

    public required CorePlan Cores { get; init; }

    public required Timing Timing { get; init; }

    /// <summary>Gets a word for whoever watches.</summary>
    public required Action<string> Say { get; init; }

    public required CancellationToken Interrupt { get; init; }

    public Task<ClientProcess> StartAsync(ChildCommand client) =>
        ClientProcess.StartAsync(Launcher, client with { Cores = Cores.Client }, Server);
}
