namespace ThreadTransport.Internal.Connections;

/// <summary>
/// For how long nothing has moved on one connection although its application waits for that. Looked at by the idle watch's thread
/// alone; what it looks at is written by others.
/// </summary>
internal sealed class IdleClock(ConnectionReader reader, Receiver receiver, Sender sender)
{
    private int _receipts;
    private int _sends;
    private long? _since;

    /// <returns>For how long, as far as earlier looks can tell.</returns>
    public TimeSpan Look(TimeProvider clock)
    {
        var receipts = receiver.Receipts;
        var sends = sender.Sends;
        var moved = receipts != _receipts || sends != _sends;
        _receipts = receipts;
        _sends = sends;
        if (moved || !(reader.IsWaiting || sender.IsSending))
        {
            // Application code that takes its time is no idle peer.
            _since = null;
            return TimeSpan.Zero;
        }

        return clock.GetElapsedTime(_since ??= clock.GetTimestamp());
    }
}
