namespace Servers.Work;

/// <summary>Stands for any call that waits for something far away: it takes a thread and no processor.</summary>
internal sealed class SleepWork(TimeSpan time) : IWork
{
    public void Run() => Thread.Sleep(time);
}
