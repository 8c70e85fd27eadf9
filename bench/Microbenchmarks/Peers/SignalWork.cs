using ThreadTransport.Internal.Threads;

namespace Microbenchmarks.Peers;

/// <summary>Work for any kind of thread, whose giver waits until it runs.</summary>
internal sealed class SignalWork : IThreadWork, IThreadPoolWorkItem
{
    private bool _hasRun;

    string IThreadWork.Name => "work";

    public void Signal() => Volatile.Write(ref _hasRun, true);

    /// <summary>Spins, so that no wake-up of the giver is measured with the taker's.</summary>
    public void WaitUntilRun()
    {
        while (!Volatile.Read(ref _hasRun))
        {
            Thread.SpinWait(20);
        }

        _hasRun = false;
    }

    void IThreadPoolWorkItem.Execute() => Signal();

    void IThreadWork.Run(ConnectionThread thread) => Signal();

    void IThreadWork.OnRan(Exception? failure)
    {
    }

    void IThreadWork.Refuse(Exception reason) => throw new InvalidOperationException("There was no thread.", reason);
}
