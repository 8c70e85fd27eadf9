namespace ThreadTransport.Internal.Listening;

/// <summary>The permits for connections that all listeners of one transport share. Any thread.</summary>
/// <param name="max">How many connections there may be at once.</param>
/// <param name="limit">What sets that.</param>
#pragma warning disable CA1001 // Connections that outlive the transport still give their permits back; nothing native is to be freed.
internal sealed class Admission(int max, string limit)
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _permits = new(max, max);

    public int Max => max;

    /// <summary>What sets <see cref="Max"/>, as a message names it.</summary>
    public string Limit => limit;

    /// <summary>How many connections may still come.</summary>
    public int Free => _permits.CurrentCount;

    public bool TryEnter() => _permits.Wait(0);

    public Task EnterAsync(CancellationToken cancellationToken) => _permits.WaitAsync(cancellationToken);

    public void Leave() => _permits.Release();
}
