using System.Diagnostics;

namespace PipeClient.Load.Timing;

/// <summary>The clock of a run: nanoseconds from no particular moment, never backwards. On Linux it is CLOCK_MONOTONIC.</summary>
internal static class Clock
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private static readonly double _perTick = (double)NanosecondsPerSecond / Stopwatch.Frequency;

    public static long Now =>
        Stopwatch.Frequency == NanosecondsPerSecond ? Stopwatch.GetTimestamp() : (long)(Stopwatch.GetTimestamp() * _perTick);

    public static long Nanoseconds(TimeSpan time) => time.Ticks * TimeSpan.NanosecondsPerTick;

    public static TimeSpan Span(long nanoseconds) => TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick);

    public static TimeSpan Since(long then) => Span(Now - then);
}
