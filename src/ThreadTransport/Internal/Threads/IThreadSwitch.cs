namespace ThreadTransport.Internal.Threads;

/// <summary>Where application code can go to be on a dedicated thread. Any thread; nothing here waits.</summary>
internal interface IThreadSwitch
{
    /// <summary>Whether the calling code is there.</summary>
    bool IsCurrent { get; }

    /// <summary>Has <paramref name="turn"/> run there.</summary>
    void Post(Turn turn);
}
