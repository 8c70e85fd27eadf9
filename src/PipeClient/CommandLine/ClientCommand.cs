using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using PipeClient.Judgement;
using PipeClient.Limits;
using PipeClient.Load;
using PipeClient.Reporting;

namespace PipeClient.CommandLine;

/// <summary>From arguments to exit code: parse, check the machine's limits, run, report.</summary>
internal sealed class ClientCommand(Streams streams, Func<SystemLimits> readLimits)
{
    private readonly ClientOptions _options = new();

    public async Task<int> RunAsync(string[] arguments, CancellationToken interrupt)
    {
        // Without response files, --data @name sends just that.
        var parsed = CreateCommand().Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed is { Action: ParseErrorAction, Errors: [var first, ..] })
        {
            return Refuse($"{first.Message.TrimEnd('.')} (see --help)");
        }

        // Help and version answer for themselves; a signal is for the run to handle, not for the parser.
        var configuration = new InvocationConfiguration
        {
            Output = streams.Output,
            Error = streams.Error,
            ProcessTerminationTimeout = null,
            EnableDefaultExceptionHandler = false,
        };
        return await parsed.InvokeAsync(configuration, interrupt);
    }

    private RootCommand CreateCommand()
    {
        var command = new RootCommand(
            "Opens TCP connections to an echo server, waits until all are open, and lets every connection echo, "
            + "comparing what comes back byte by byte.")
        {
            HelpName = "pipeclient",
        };
        foreach (var option in _options.All)
        {
            command.Add(option);
        }

        command.Add(CompletionCommand.Create(streams.Output));
        command.Add(SchemaCommand.Create(streams.Output));
        command.Validators.Add(_options.Validate);
        var help = command.Options.OfType<HelpOption>().Single();
        help.Action = new ClientHelp((HelpAction)help.Action!);
        command.SetAction(LoadAsync);
        return command;
    }

    private async Task<int> LoadAsync(ParseResult parsed, CancellationToken interrupt)
    {
        var options = _options.ReadLoad(parsed);
        var obstacles = Preflight.Check(options, readLimits());
        foreach (var (text, isFatal) in obstacles)
        {
            Say(isFatal ? text : $"warning: {text}");
        }

        if (obstacles.Any(obstacle => obstacle.IsFatal))
        {
            return ExitCode.Usage;
        }

        using var report = new RunReport(_options.Output.Read(parsed), options, streams);
        if (report.Error is { } unwritable)
        {
            return Refuse(unwritable);
        }

        using var run = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        var abort = new AbortOnError(_options.Judgement.IsAborting(parsed), run);
        var load = new LoadRun(options, new Observers([.. report.Observers, abort]));
        var running = load.RunAsync(run.Token);
        await report.FollowAsync(load, running);
        var result = await running with { Interrupted = interrupt.IsCancellationRequested };
        var verdict = Verdict.Of(result, _options.Judgement.Read(parsed), abort.HasAborted);
        report.Ended(verdict);
        if (verdict.Describe(options) is { } sentence)
        {
            Say(sentence);
        }

        return report.Error is { } unwritten ? Refuse(unwritten) : verdict.ExitCode;
    }

    private int Refuse(string why)
    {
        Say(why);
        return ExitCode.Usage;
    }

    private void Say(string sentence) => streams.Error.WriteLine($"PipeClient: {sentence}");
}
