using PipeClient.Load.Outcome;

namespace PipeClient.Judgement;

/// <summary>Fairness as one figure: what the slowest connection got for each message of the fastest one.</summary>
internal static class FairnessRatio
{
    /// <returns>1 when all connections got as much; null when none got anything.</returns>
    public static double? Ratio(this Fairness fairness) => fairness.Most > 0 ? (double)fairness.Fewest / fairness.Most : null;
}
