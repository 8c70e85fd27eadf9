namespace Compare.Processes;

/// <summary>Which cores a process may run on, in the kernel's words.</summary>
internal static class CoreSet
{
    private const int BitsPerWord = 64;

    /// <summary>For 1,024 cores, as libc's own <c>cpu_set_t</c>.</summary>
    private const int Words = 16;

    /// <summary>Those of this process.</summary>
    public static IReadOnlyList<int> Allowed()
    {
        var mask = new ulong[Words];
        return Libc.sched_getaffinity(0, Words * sizeof(ulong), mask) == 0
            ? [.. Enumerable.Range(0, Words * BitsPerWord).Where(core => (mask[core / BitsPerWord] >> (core % BitsPerWord) & 1) != 0)]
            : [.. Enumerable.Range(0, Environment.ProcessorCount)];
    }

    /// <summary>The calling thread, and what it becomes or starts, runs on these alone.</summary>
    public static bool Keep(IReadOnlyList<int> cores)
    {
        var mask = new ulong[Words];
        foreach (var core in cores)
        {
            mask[core / BitsPerWord] |= 1UL << (core % BitsPerWord);
        }

        return Libc.sched_setaffinity(0, Words * sizeof(ulong), mask) == 0;
    }
}
