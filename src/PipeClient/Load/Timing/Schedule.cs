namespace PipeClient.Load.Timing;

/// <summary>
/// When each message of an open loop is due. All connections take turns, at even distances. Every time is computed from the start, so
/// that nothing drifts and a message that waits needs no memory for its time.
/// </summary>
internal sealed class Schedule(double ratePerSecond, int connections, long start, long measuredFrom)
{
    private readonly double _distance = 1e9 / ratePerSecond;

    public long Start => start;

    /// <summary>Where the counted part begins.</summary>
    public long MeasuredFrom => measuredFrom;

    public long DueAt(int connection, long message) => start + (long)(((double)message * connections + connection) * _distance);

    public bool IsMeasured(int connection, long message) => DueAt(connection, message) >= measuredFrom;

    /// <summary>How many messages of a connection are due before a time.</summary>
    public long CountBefore(int connection, long time)
    {
        var count = (long)Math.Ceiling(((time - start) / _distance - connection) / connections);
        count = Math.Max(count, 0);
        // The division may be off by one where the two times meet.
        while (count > 0 && DueAt(connection, count - 1) >= time)
        {
            count--;
        }

        while (DueAt(connection, count) < time)
        {
            count++;
        }

        return count;
    }
}
