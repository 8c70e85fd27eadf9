namespace Compare.Measurement;

/// <summary>
/// How much of the machine somebody else used while a run was measured, in cores: what all processes used less what server, client and
/// comparison did.
/// </summary>
internal readonly record struct Disturbance(double OtherCores, double StolenCores)
{
    /// <summary>A daemon's heartbeat is below it, a compiler or another benchmark far above.</summary>
    private const double MostOther = 0.15;

    private const double MostStolen = 0.05;

    public bool IsDisturbed => OtherCores > MostOther || StolenCores > MostStolen;

    /// <param name="begin">The machine at the begin.</param>
    /// <param name="end">The machine at the end.</param>
    /// <param name="ours">The processor time of all processes that belong to the run, in that time.</param>
    /// <param name="length">How long it was.</param>
    public static Disturbance Between(MachineLoad begin, MachineLoad end, TimeSpan ours, TimeSpan length) => new(
        Math.Max(0, (end.Busy - begin.Busy - ours) / length), (end.Stolen - begin.Stolen) / length);
}
