namespace ThreadTransport;

/// <summary>What a listener does with a new client while every connection thread it may use is taken.</summary>
public enum WhenFull
{
    /// <summary>
    /// The listener stops accepting: new clients wait in the kernel's backlog, and accepting goes on as soon as a
    /// connection ends. Beyond <see cref="ThreadTransportOptions.Backlog"/> the kernel drops their connection attempts.
    /// </summary>
    Wait,

    /// <summary>The listener accepts the new client and resets it at once, so that it learns that there is no room.</summary>
    Reject,
}
