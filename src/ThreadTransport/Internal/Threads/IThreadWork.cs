namespace ThreadTransport.Internal.Threads;

/// <summary>What a cached thread is rented for.</summary>
internal interface IThreadWork
{
    /// <summary>The name that the thread bears while it does this. Read on that thread.</summary>
    string Name { get; }

    /// <summary>Runs on the rented thread, once.</summary>
    void Run(ConnectionThread thread);

    /// <summary>Called after <see cref="Run"/>, on the same thread, which is free for the next work when it returns.</summary>
    /// <param name="failure">What has come out of <see cref="Run"/>; null if nothing has.</param>
    void OnRan(Exception? failure);

    /// <summary>Called instead of <see cref="Run"/>, on any thread, when no thread could be had.</summary>
    void Refuse(Exception reason);
}
