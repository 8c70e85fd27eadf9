using HdrHistogram;

namespace PipeClient.Load.Outcome;

/// <summary>
/// Times, counted by HdrHistogram in nanoseconds with three significant digits. Recording allocates nothing. One thread at a time.
/// </summary>
internal sealed class LatencyHistogram
{
    /// <summary>What takes longer is counted as this.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private const int SignificantDigits = 3;
    private const double NanosecondsPerTick = 100;

    private static readonly long _longest = (long)Longest.TotalNanoseconds;

    private LongHistogram? _counts;
    private long _min = long.MaxValue;
    private long _max;
    private double _sum;

    /// <summary>The counts themselves, in nanoseconds, for a histogram log. Not to be written to.</summary>
    public LongHistogram Counts => _counts ??= new(1, _longest, SignificantDigits);

    public long Count { get; private set; }

    public TimeSpan Min => Count > 0 ? Time(_min) : TimeSpan.Zero;

    public TimeSpan Max => Time(_max);

    public TimeSpan Mean => Count > 0 ? Time(_sum / Count) : TimeSpan.Zero;

    /// <summary>So much per cent of all times are at most this; zero when there are none.</summary>
    public TimeSpan At(double percentile) =>
        Count > 0 ? Time(Math.Clamp(Counts.GetValueAtPercentile(percentile), _min, _max)) : TimeSpan.Zero;

    /// <summary>
    /// Takes the memory for the counts now, a quarter of a megabyte, and not in the middle of the load, under the lock that messages
    /// wait for.
    /// </summary>
    public void Prepare() => _ = Counts;

    public void Record(long nanoseconds)
    {
        // A clock may be read a moment before another core's, and a value beyond the range would throw.
        var value = Math.Clamp(nanoseconds, 1, _longest);
        Counts.RecordValue(value);
        Count++;
        _sum += value;
        _min = Math.Min(_min, value);
        _max = Math.Max(_max, value);
    }

    public void Add(LatencyHistogram other)
    {
        if (other.Count > 0)
        {
            Counts.Add(other.Counts);
            Count += other.Count;
            _sum += other._sum;
            _min = Math.Min(_min, other._min);
            _max = Math.Max(_max, other._max);
        }
    }

    public void Reset()
    {
        if (Count > 0)
        {
            Counts.Reset();
            Count = 0;
            _sum = 0;
            _min = long.MaxValue;
            _max = 0;
        }
    }

    private static TimeSpan Time(double nanoseconds) => TimeSpan.FromTicks((long)Math.Round(nanoseconds / NanosecondsPerTick));
}
