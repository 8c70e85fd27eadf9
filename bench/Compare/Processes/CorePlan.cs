namespace Compare.Processes;

/// <summary>Where server and load client run: anywhere, or each on cores of its own. Null stands for anywhere.</summary>
internal sealed record CorePlan(IReadOnlyList<int>? Server, IReadOnlyList<int>? Client)
{
    public static CorePlan Free { get; } = new(null, null);

    /// <summary>The first half of the cores for the server, the rest for the client; null where there is only one.</summary>
    public static CorePlan? Separate(IReadOnlyList<int> cores) =>
        cores.Count < 2 ? null : new CorePlan([.. cores.Take(cores.Count / 2)], [.. cores.Skip(cores.Count / 2)]);
}
