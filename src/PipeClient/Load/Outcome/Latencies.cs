namespace PipeClient.Load.Outcome;

/// <summary>
/// The times of a run, or of a second of it. In a closed loop a message is sent when the last one is back, and its time counts from
/// there. In an open loop it was due at a time of its own, and the times from then on are kept apart from those since it was sent.
/// </summary>
internal sealed class Latencies(bool isOpenLoop)
{
    /// <summary>Whether the times from the schedule mean anything. Otherwise they are empty.</summary>
    public bool IsOpenLoop { get; } = isOpenLoop;

    /// <summary>From the first attempt of a connect to the open connection, a TLS handshake included.</summary>
    public LatencyHistogram Connect { get; } = new();

    /// <summary>From the start of sending a message to the first byte of its reply (uncorrected).</summary>
    public LatencyHistogram FirstByte { get; } = new();

    /// <summary>From the start of sending a message to the last byte of its reply (uncorrected).</summary>
    public LatencyHistogram Message { get; } = new();

    /// <summary>As <see cref="FirstByte"/>, from the time that the message should have been sent (corrected).</summary>
    public LatencyHistogram FirstByteFromSchedule { get; } = new();

    /// <summary>As <see cref="Message"/>, from the time that the message should have been sent (corrected).</summary>
    public LatencyHistogram MessageFromSchedule { get; } = new();

    /// <summary>
    /// How late the client itself was: from the moment that a message was due, and its connection had room for it, to its sending.
    /// Contained in the times from the schedule.
    /// </summary>
    public LatencyHistogram ClientLag { get; } = new();

    /// <summary>The whole message, by the honest clock: what one percentile of a run should speak of.</summary>
    public LatencyHistogram Headline => IsOpenLoop ? MessageFromSchedule : Message;

    /// <summary>The first byte, by the honest clock.</summary>
    public LatencyHistogram HeadlineFirstByte => IsOpenLoop ? FirstByteFromSchedule : FirstByte;

    /// <summary>Takes memory now for all that will be recorded of messages.</summary>
    public void Prepare()
    {
        FirstByte.Prepare();
        Message.Prepare();
        if (IsOpenLoop)
        {
            FirstByteFromSchedule.Prepare();
            MessageFromSchedule.Prepare();
            ClientLag.Prepare();
        }
    }

    public void Add(Latencies other)
    {
        Connect.Add(other.Connect);
        FirstByte.Add(other.FirstByte);
        Message.Add(other.Message);
        FirstByteFromSchedule.Add(other.FirstByteFromSchedule);
        MessageFromSchedule.Add(other.MessageFromSchedule);
        ClientLag.Add(other.ClientLag);
    }

    public void Reset()
    {
        Connect.Reset();
        FirstByte.Reset();
        Message.Reset();
        FirstByteFromSchedule.Reset();
        MessageFromSchedule.Reset();
        ClientLag.Reset();
    }
}
