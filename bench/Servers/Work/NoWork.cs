namespace Servers.Work;

/// <summary>An echo needs none.</summary>
internal sealed class NoWork : IWork
{
    public void Run()
    {
    }
}
