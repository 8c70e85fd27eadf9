using Compare.Plan;

namespace Compare.Presentation;

/// <summary>What there is to run.</summary>
internal static class ScenarioList
{
    public static void Write(TextWriter output, Settings settings)
    {
        foreach (var scenario in settings.Scenarios)
        {
            output.WriteLine($"{scenario.Name}: {scenario.Summary}");
            foreach (var one in scenario.Cases(settings))
            {
                output.WriteLine($"    {one.Name}{(one.IsQuick ? " (also with --quick)" : "")}");
            }
        }
    }
}
