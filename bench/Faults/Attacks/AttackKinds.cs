namespace Faults.Attacks;

/// <summary>All that there are, in the order of the table.</summary>
internal static class AttackKinds
{
    public static readonly IReadOnlyList<IAttack> All =
    [
        new Slowloris(), new NeverRead(), new Vanish(), new ResetEverywhere(), new Storm(), new Flood(), new TinySegments(),
        new LongStream(), new Frozen(),
    ];
}
