using System.CommandLine;
using PipeClient.Reporting;

namespace PipeClient.CommandLine.Options;

/// <summary>What is written, in which format, where to.</summary>
internal sealed class OutputOptions
{
    private Option<bool> Quiet { get; } = new("--quiet", "-q") { Description = "say nothing before the end" };

    private Option<string?> Json { get; } = FileOption(
        "--json", "write the result as JSON; - is standard output, and what is meant for people goes to standard error");

    private Option<string?> Csv { get; } = FileOption("--csv", "write a row for every second; - as with --json");

    private Option<string?> Hdr { get; } = FileOption(
        "--hdr", "write the latencies of every second as an HdrHistogram log, in nanoseconds", canBeStandardOutput: false);

    private Option<bool> Crank { get; } = new("--crank") { Description = "end with the measurements that a crank agent reads" };

    private Option<string?> Summary { get; } = OptionValue.Words(new Option<string?>("--summary")
    {
        Description = "end with the result on one line, as --json has it",
        HelpName = "json",
        CustomParser = OptionValue.Parser<string?>((text, out value) => (value = text) == "json", "json"),
    }, "json");

    public IEnumerable<Option> All => [Quiet, Json, Csv, Hdr, Crank, Summary];

    /// <summary>Standard output has room for one of them.</summary>
    public void Validate(OptionRules rules)
    {
        rules.Exclude(Json, Summary);
        if (rules.IsStandardOutput(Json))
        {
            rules.Exclude(Json, Crank);
        }

        if (rules.IsStandardOutput(Csv))
        {
            rules.Exclude(Csv, Crank, Summary);
            if (rules.IsStandardOutput(Json))
            {
                rules.Refuse("--json - and --csv - exclude each other: give one of them a file");
            }
        }
    }

    public OutputPlan Read(ParseResult parsed) => new()
    {
        IsQuiet = parsed.GetValue(Quiet),
        Json = parsed.GetValue(Json),
        Csv = parsed.GetValue(Csv),
        Hdr = parsed.GetValue(Hdr),
        Crank = parsed.GetValue(Crank),
        Summary = parsed.GetValue(Summary) is not null,
    };

    private static Option<string?> FileOption(string name, string description, bool canBeStandardOutput = true) => new(name)
    {
        Description = description,
        HelpName = canBeStandardOutput ? "file|-" : "file",
        CustomParser = OptionValue.Parser<string?>(
            (text, out value) => (value = text).Length > 0 && (canBeStandardOutput || text != OutputPlan.StandardOutput),
            canBeStandardOutput ? "a file to write, or - for standard output" : "a file to write"),
    };
}
