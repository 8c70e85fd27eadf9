using System.CommandLine;
using System.CommandLine.Parsing;
using PipeClient.Judgement;

namespace PipeClient.CommandLine.Options;

/// <summary>What makes a run a failed one.</summary>
internal sealed class JudgementOptions
{
    private Option<Assertion[]?> Assert { get; } = new("--assert")
    {
        Description = "end with 5 unless this holds, such as p99<5ms, rate>=50000 or errors==0; may be given more than once",
        HelpName = "metric<value",
        CustomParser = ParseAssertions,
    };

    private Option<bool> AbortOnError { get; } = new("--abort-on-error")
    {
        Description = "end the run when the first connection fails",
    };

    public IEnumerable<Option> All => [Assert, AbortOnError];

    public IEnumerable<Assertion> Read(ParseResult parsed) => parsed.GetValue(Assert) ?? [];

    public bool IsAborting(ParseResult parsed) => parsed.GetValue(AbortOnError);

    private static Assertion[] ParseAssertions(ArgumentResult result)
    {
        var assertions = new List<Assertion>();
        foreach (var token in result.Tokens)
        {
            if (Assertion.TryParse(token.Value, out var assertion, out var why))
            {
                assertions.Add(assertion);
            }
            else
            {
                result.AddError($"--assert '{token.Value}' is not allowed: {why}");
            }
        }

        return [.. assertions];
    }
}
