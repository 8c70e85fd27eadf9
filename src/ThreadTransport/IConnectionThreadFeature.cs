namespace ThreadTransport;

/// <summary>
/// What a connection on the thread transport says of its thread. On <c>ConnectionContext.Features</c>, and through
/// <c>HttpContext.Features</c> as well.
/// </summary>
/// <remarks>
/// After <c>app.UseConnectionThread()</c>, an HTTP/2 or HTTP/3 request has a feature of its own, for the thread that was borrowed
/// for it; the connection's own thread belongs to all its requests together and is not to be blocked by one.
/// </remarks>
public interface IConnectionThreadFeature
{
    /// <summary>
    /// Whether this code runs on the connection's own thread or on one borrowed for it, so that blocking here costs nobody else.
    /// Asked on any thread, of the calling thread.
    /// </summary>
    bool IsCurrent { get; }

    /// <summary>The name of the connection's own thread: the connection's id. Any thread.</summary>
    string ThreadName { get; }

    /// <summary>The stack that its threads have, in bytes, as configured. Any thread.</summary>
    int StackSize { get; }

    /// <summary>
    /// The way back: what follows <c>await feature.ReturnAsync()</c> runs on the connection's own thread if that is free; if it
    /// waits for data in a receive, or is busy with other code of the connection for longer than some milliseconds, on a
    /// borrowed thread. It never runs on a pool thread while the server lives, and at once, without a hop, if the code is there
    /// already. Any thread; never blocks.
    /// </summary>
    /// <returns>What to await. Awaiting it allocates nothing once the connection is warm.</returns>
    ConnectionThreadAwaitable ReturnAsync();
}
