namespace PipeClient.Load.Outcome;

/// <summary>What has happened to messages within some time. What the warm-up adds to the seconds but not to the result is apart.</summary>
internal sealed class Tally(bool isOpenLoop)
{
    public Latencies Measured { get; } = new(isOpenLoop);

    public Latencies WarmUp { get; } = new(isOpenLoop);

    public int Opened { get; set; }

    public long Messages { get; set; }

    public long BytesSent { get; set; }

    public long BytesReceived { get; set; }

    public long MeasuredMessages { get; set; }

    public long MeasuredBytesSent { get; set; }

    public long MeasuredBytesReceived { get; set; }

    /// <summary>Takes memory now for all that will be recorded.</summary>
    public void Prepare(bool hasWarmUp)
    {
        Measured.Connect.Prepare();
        Measured.Prepare();
        if (hasWarmUp)
        {
            WarmUp.Prepare();
        }
    }

    public Latencies Of(bool measured) => measured ? Measured : WarmUp;

    public void Add(Tally other)
    {
        Measured.Add(other.Measured);
        WarmUp.Add(other.WarmUp);
        Opened += other.Opened;
        Messages += other.Messages;
        BytesSent += other.BytesSent;
        BytesReceived += other.BytesReceived;
        MeasuredMessages += other.MeasuredMessages;
        MeasuredBytesSent += other.MeasuredBytesSent;
        MeasuredBytesReceived += other.MeasuredBytesReceived;
    }

    public void Reset()
    {
        Measured.Reset();
        WarmUp.Reset();
        Opened = 0;
        Messages = BytesSent = BytesReceived = 0;
        MeasuredMessages = MeasuredBytesSent = MeasuredBytesReceived = 0;
    }
}
