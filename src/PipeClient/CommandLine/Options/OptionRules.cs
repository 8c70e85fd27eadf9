using System.CommandLine;
using System.CommandLine.Parsing;
using PipeClient.Reporting;

namespace PipeClient.CommandLine.Options;

/// <summary>Refuses options that do not go together.</summary>
internal sealed class OptionRules(CommandResult result)
{
    /// <summary>Whether an option's file is standard output.</summary>
    public bool IsStandardOutput(Option option) =>
        result.GetResult(option)?.Tokens is [.., { Value: OutputPlan.StandardOutput }];

    public void Exclude(Option option, params Option[] others)
    {
        foreach (var other in others)
        {
            if (Given(option) && Given(other))
            {
                result.AddError($"{option.Name} and {other.Name} exclude each other: give one of them");
            }
        }
    }

    public void Require(Option option, params Option[] others)
    {
        if (Given(option) && !Array.Exists(others, Given))
        {
            var names = others.Length == 1 ? others[0].Name : $"one of {string.Join(", ", others.Select(other => other.Name))}";
            result.AddError($"{option.Name} needs {names}");
        }
    }

    public void Refuse(string why) => result.AddError(why);

    private bool Given(Option option) => result.GetResult(option) is { Implicit: false };
}
