using Compare.Load;
using Compare.Servers;

namespace Compare.Scenarios;

/// <summary>One load of a scenario.</summary>
/// <param name="Name">Which of its scenario's.</param>
/// <param name="Role">What the server is to do.</param>
/// <param name="Load">What is done to it.</param>
internal sealed record Case(string Name, ServerRole Role, ILoad Load)
{
    /// <summary>Whether the quick run has it.</summary>
    public bool IsQuick { get; init; }
}
