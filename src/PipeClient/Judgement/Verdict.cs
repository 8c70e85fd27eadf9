using System.Globalization;
using PipeClient.Load;
using PipeClient.Load.Outcome;

namespace PipeClient.Judgement;

/// <summary>What is to be said of a run: the exit code, and one sentence.</summary>
internal sealed record Verdict
{
    private Verdict(LoadResult result, IReadOnlyList<Finding> findings, bool aborted)
    {
        Result = result;
        Findings = findings;
        Aborted = aborted;
        ExitCode = PipeClient.ExitCode.Of(result, findings, aborted);
    }

    public LoadResult Result { get; }

    /// <summary>In the order in which the assertions were given.</summary>
    public IReadOnlyList<Finding> Findings { get; }

    /// <summary>Whether the first failure ended it.</summary>
    public bool Aborted { get; }

    public int ExitCode { get; }

    public static Verdict Of(LoadResult result, IEnumerable<Assertion> assertions, bool aborted) =>
        new(result, [.. assertions.Select(assertion => assertion.Judge(result))], aborted);

    /// <summary>Null when all is well.</summary>
    public string? Describe(LoadOptions options) => ExitCode switch
    {
        PipeClient.ExitCode.Ok => null,
        PipeClient.ExitCode.Interrupted => "interrupted",
        PipeClient.ExitCode.WrongEcho => $"wrong echo: {Result.FirstMismatch?.ToString() ?? Reasons()}",
        PipeClient.ExitCode.NotConnected when Aborted => $"aborted: a connection could not be opened ({Reasons()})",
        PipeClient.ExitCode.NotConnected => string.Create(
            CultureInfo.InvariantCulture,
            $"{Result.Requested - Result.Total} of {Result.Requested} connections to {string.Join(", ", options.Targets)} "
            + $"could not be opened ({Reasons()})"),
        PipeClient.ExitCode.AssertionFailed => DescribeFindings(),
        _ when Aborted => $"aborted: a connection failed ({Reasons()})",
        _ => string.Create(CultureInfo.InvariantCulture, $"{Result.Failed} of {Result.Requested} connections failed ({Reasons()})"),
    };

    private string DescribeFindings()
    {
        var failed = Findings.Where(finding => !finding.Holds).ToList();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{failed.Count} of {Findings.Count} assertions failed: {string.Join(", ", failed)}");
    }

    private string Reasons() => string.Join(", ", Result.Failures.Select(f => f.Reason.Describe()));
}
