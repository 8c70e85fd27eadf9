using Compare.Plan;

namespace Compare.Scenarios;

/// <summary>A question to the servers, asked under one or more loads.</summary>
/// <param name="Name">As the command line has it.</param>
/// <param name="Summary">What it is, in a few words.</param>
/// <param name="Cases">Its loads, with the settings' sizes.</param>
internal sealed record Scenario(string Name, string Summary, Func<Settings, IReadOnlyList<Case>> Cases)
{
    /// <summary>In the order in which they run and are reported.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        EchoScenarios.Busy,
        EchoScenarios.Idle,
        EchoScenarios.Slow,
        EchoScenarios.Bulk,
        EchoScenarios.Churn,
        EchoScenarios.AtOnce,
        BlockingScenarios.Sleep,
        BlockingScenarios.Work,
        HttpScenarios.Http,
    ];
}
