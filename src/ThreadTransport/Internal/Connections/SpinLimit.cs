using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ThreadTransport.Internal.Connections;

/// <summary>
/// How long threads look for their next messages before they sleep, and how many at once. Any thread. What is written is apart from what
/// those who look read again and again.
/// </summary>
/// <param name="length">For how long a thread looks.</param>
/// <param name="most">How many may.</param>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal sealed class SpinLimit(TimeSpan length, int most)
{
    /// <summary>Longer than a yield and a receive take where no other thread wants the core, several times over.</summary>
    private static readonly TimeSpan _longestLook = TimeSpan.FromMicroseconds(5);

    [FieldOffset(16)]
    private readonly int _most = most;

    [FieldOffset(64)]
    private int _inside;

    /// <summary>As <see cref="Stopwatch.GetTimestamp"/> counts.</summary>
    [field: FieldOffset(0)]
    public long Length { get; } = ToTimestamps(length);

    /// <summary>After a look that took longer others have had the core.</summary>
    [field: FieldOffset(8)]
    public long LongestLook { get; } = ToTimestamps(_longestLook);

    /// <summary>How many look.</summary>
    public int Inside => Volatile.Read(ref _inside);

    public bool TryEnter()
    {
        if (Inside >= _most)
        {
            return false;
        }

        if (Interlocked.Increment(ref _inside) <= _most)
        {
            return true;
        }

        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _inside);

    private static long ToTimestamps(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
