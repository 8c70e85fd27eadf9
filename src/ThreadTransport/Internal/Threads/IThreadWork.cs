namespace ThreadTransport.Internal.Threads;

/// <summary>What a cached thread is rented for.</summary>
internal interface IThreadWork
{
    /// <summary>The name that the thread bears while it does this. Read on that thread.</summary>
    string Name { get; }

    /// <summary>Runs on the rented thread, once. The thread is free for the next work when it returns.</summary>
    void Run(ConnectionThread thread);

    /// <summary>Called instead of <see cref="Run"/>, on any thread, when no thread could be had.</summary>
    void Refuse(Exception reason);
}
