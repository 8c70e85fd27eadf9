namespace ThreadTransport.Internal.Listening;

/// <summary>The permits for connections that all listeners of one transport share. Any thread.</summary>
#pragma warning disable CA1001 // Connections that outlive the transport still give their permits back, and there is nothing native to free.
internal sealed class Admission(int max)
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _permits = new(max, max);

    /// <summary>How many connections may still come.</summary>
    public int Free => _permits.CurrentCount;

    public bool TryEnter() => _permits.Wait(0);

    public Task EnterAsync(CancellationToken cancellationToken) => _permits.WaitAsync(cancellationToken);

    public void Leave() => _permits.Release();
}
