using System.Diagnostics;

namespace Compare.Measurement;

/// <summary>What a server, and the machine beside it, did between two moments under steady load.</summary>
internal sealed record Window(ServerSample Begin, ServerSample End)
{
    public TimeSpan Length => Stopwatch.GetElapsedTime(Begin.Timestamp, End.Timestamp);

    /// <summary>Of the server, user and system together.</summary>
    public TimeSpan Cpu => End.Cpu - Begin.Cpu;

    public double? Switches => End.Switches - Begin.Switches;

    public double? AllocatedBytes => End.Counters?.AllocatedBytes - Begin.Counters?.AllocatedBytes;

    public double? Collections => End.Counters?.Collections - Begin.Counters?.Collections;

    public double? PauseMilliseconds => End.Counters?.PauseMilliseconds - Begin.Counters?.PauseMilliseconds;

    /// <summary>The longest pause since the begin, where asking reset it.</summary>
    public double? LongestPauseMilliseconds => End.Counters?.LongestPauseMilliseconds;
}
