using System.Globalization;
using Compare.Load;
using Compare.Processes;
using Compare.Scenarios;
using Compare.Servers;

namespace Compare.Plan;

/// <summary>What is to be compared, and under which load.</summary>
internal sealed record Settings
{
    public required IReadOnlyList<Scenario> Scenarios { get; init; }

    public required IReadOnlyList<Contender> Servers { get; init; }

    /// <summary>How often each server runs in each case.</summary>
    public required int Rounds { get; init; }

    public required Timing Timing { get; init; }

    /// <summary>With cores of their own for server and client, or without; or one after the other.</summary>
    public required IReadOnlyList<CorePlan> Cores { get; init; }

    /// <summary>Only the cases that show the most.</summary>
    public bool IsQuick { get; init; }

    /// <summary>In the place of a scenario's own numbers.</summary>
    public int? Connections { get; init; }

    /// <summary>Of an echoed message.</summary>
    public int MessageSize { get; init; } = 64;

    public string MessageBytes => MessageSize.ToString(CultureInfo.InvariantCulture);

    /// <summary>The cases, with the scenario that each belongs to.</summary>
    public IEnumerable<(Scenario Scenario, Case Case)> Cases() =>
        Scenarios.SelectMany(scenario => scenario.Cases(this), (scenario, one) => (scenario, one))
            .Where(pair => !IsQuick || pair.one.IsQuick);
}
