using System.CommandLine;
using System.CommandLine.Help;
using Compare.Limits;
using Compare.Plan;
using Compare.Presentation;

namespace Compare.CommandLine;

/// <summary>From arguments to exit code: parse, check the machine's limits, compare, report.</summary>
internal sealed class CompareCommand(TextWriter output, TextWriter error, Func<SystemLimits> readLimits)
{
    private readonly CompareOptions _options = new();

    /// <summary>The server of a transport, so that tests can have one that fails.</summary>
    public Func<string, Contender> Contend { get; init; } = Contender.EchoHost;

    public async Task<int> RunAsync(string[] arguments, CancellationToken interrupt)
    {
        // Without response files, --data @name sends just that.
        var parsed = CreateCommand().Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors is [var first, ..])
        {
            return Refuse($"{first.Message.TrimEnd('.')} (see --help)");
        }

        // Help and version answer for themselves; a signal is for the comparison to handle, not for the parser.
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
            "Runs the echo server on a thread per connection and on stock Kestrel, under the same load, and prints both side by side.");
        foreach (var option in _options.All)
        {
            command.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (result.GetResult(_options.Size) is not null && result.GetResult(_options.Data) is not null)
            {
                result.AddError("--size and --data exclude each other: give one of them");
            }
        });

        var help = command.Options.OfType<HelpOption>().Single();
        help.Action = new CompareHelp((HelpAction)help.Action!);
        command.SetAction(CompareAsync);
        return command;
    }

    private async Task<int> CompareAsync(ParseResult parsed, CancellationToken interrupt)
    {
        if (!OperatingSystem.IsLinux())
        {
            return Refuse("this program needs Linux: it measures through /proc, and lets the kernel end its children with it");
        }

        var settings = _options.Read(parsed);
        if (Preflight.Check(settings, readLimits()) is { } tooMany)
        {
            return Refuse(tooMany);
        }

        try
        {
            var machine = Machine.Read();
            var runs = await new Comparison(settings, Contend, new Progress(error)).RunAsync(interrupt);
            Report.Write(output, toTerminal: output == Console.Out && !Console.IsOutputRedirected, settings, machine, runs);
            if (settings.JsonPath is { } path)
            {
                new JsonReport(machine, settings, runs).WriteTo(path);
            }

            return ExitCode.Ok;
        }
        catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
        {
            Say("interrupted");
            return ExitCode.Interrupted;
        }
        catch (Exception failure) when (failure is ComparisonException or IOException or UnauthorizedAccessException)
        {
            Say(failure.Message);
            foreach (var line in (failure as ComparisonException)?.ChildErrorLines ?? [])
            {
                error.WriteLine($"  {line}");
            }

            return ExitCode.Failed;
        }
    }

    private int Refuse(string why)
    {
        Say(why);
        return ExitCode.Usage;
    }

    private void Say(string what) => error.WriteLine($"Compare: {what}");
}
