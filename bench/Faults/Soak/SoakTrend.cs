using Faults.Processes;

namespace Faults.Soak;

/// <summary>How one figure went during a soak: the median of the first quarter after the warm-up, and that of the last.</summary>
/// <param name="Name">What it is.</param>
/// <param name="First">At first.</param>
/// <param name="Last">At last.</param>
/// <param name="Most">The highest after the warm-up.</param>
/// <param name="Allowed">How much the last may be above the first, as a share of it.</param>
internal sealed record SoakTrend(string Name, long First, long Last, long Most, double Allowed)
{
    public double Growth => First == 0 ? 0 : ((double)Last / First) - 1;

    public bool Grows => Growth > Allowed;

    /// <param name="samples">Those after the warm-up, at least four.</param>
    public static IReadOnlyList<SoakTrend> All(IReadOnlyList<ProcessSample> samples) =>
    [
        // The collector takes its time, so that memory comes and goes; what leaks at thirty connections a second would show all the same.
        Of("memory, KB", samples, sample => sample.ResidentKilobytes, allowed: 0.1),
        Of("threads", samples, sample => sample.Threads, allowed: 0.05),
        Of("descriptors", samples, sample => sample.Descriptors, allowed: 0.05),
        Of("maps", samples, sample => sample.Maps, allowed: 0.05),
    ];

    private static SoakTrend Of(string name, IReadOnlyList<ProcessSample> samples, Func<ProcessSample, long> figure, double allowed)
    {
        var quarter = samples.Count / 4;
        return new SoakTrend(
            name,
            Median(samples.Take(quarter).Select(figure)),
            Median(samples.TakeLast(quarter).Select(figure)),
            samples.Max(figure),
            allowed);
    }

    private static long Median(IEnumerable<long> values)
    {
        long[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
