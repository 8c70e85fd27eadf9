using System.CommandLine;
using System.CommandLine.Help;
using PipeClient.Limits;
using PipeClient.Load;
using PipeClient.Load.Outcome;
using PipeClient.Reporting;

namespace PipeClient.CommandLine;

/// <summary>From arguments to exit code: parse, check the machine's limits, run, report.</summary>
internal sealed class ClientCommand(TextWriter output, TextWriter error, Func<SystemLimits> readLimits)
{
    private readonly ClientOptions _options = new();

    public async Task<int> RunAsync(string[] arguments, CancellationToken interrupt)
    {
        // Without response files, --data @name sends just that.
        var parsed = CreateCommand().Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors is [var first, ..])
        {
            return Refuse($"{first.Message.TrimEnd('.')} (see --help)");
        }

        // Help and version answer for themselves; a signal is for the run to handle, not for the parser.
        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            ProcessTerminationTimeout = null,
            EnableDefaultExceptionHandler = false,
        };
        return await parsed.InvokeAsync(configuration, interrupt);
    }

    private RootCommand CreateCommand()
    {
        var command = new RootCommand(
            "Opens TCP connections to an echo server, waits until all are open, and lets every connection echo, "
            + "comparing what comes back byte by byte.");
        foreach (var option in _options.All)
        {
            command.Add(option);
        }

        command.Validators.Add(_options.Validate);
        var help = command.Options.OfType<HelpOption>().Single();
        help.Action = new ClientHelp((HelpAction)help.Action!);
        command.SetAction(LoadAsync);
        return command;
    }

    private async Task<int> LoadAsync(ParseResult parsed, CancellationToken interrupt)
    {
        var options = _options.Read(parsed);
        if (Preflight.Check(options.Connections, readLimits()) is { } tooMany)
        {
            return Refuse(tooMany);
        }

        var report = new TextReport(output);
        var result = await new LoadRun(options, report).RunAsync(interrupt);
        report.Ended(result);
        if (parsed.GetValue(_options.Summary) is not null)
        {
            await output.WriteLineAsync(Summary.Of(result).ToJson());
        }

        var code = ExitCode.Of(result);
        if (Verdict(code, options, result) is { } verdict)
        {
            await error.WriteLineAsync($"PipeClient: {verdict}");
        }

        return code;
    }

    private static string? Verdict(int code, LoadOptions options, LoadResult result) => code switch
    {
        ExitCode.Ok => null,
        ExitCode.Interrupted => "interrupted",
        ExitCode.NotConnected =>
            $"{result.Requested - result.Total} of {result.Requested} connections to {string.Join(", ", options.Targets)} could not be opened "
            + $"({Reasons(result)})",
        ExitCode.WrongEcho => $"wrong echo: {result.FirstMismatch}",
        _ => $"{result.Failed} of {result.Requested} connections failed ({Reasons(result)})",
    };

    private static string Reasons(LoadResult result) => string.Join(", ", result.Failures.Select(f => f.Reason.Describe()));

    private int Refuse(string why)
    {
        error.WriteLine($"PipeClient: {why}");
        return ExitCode.Usage;
    }
}
