namespace Servers.Work;

/// <summary>What a handler does synchronously for each message or request. Called by many threads at once.</summary>
internal interface IWork
{
    void Run();
}
