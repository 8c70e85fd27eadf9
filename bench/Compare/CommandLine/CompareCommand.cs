using System.CommandLine;
using System.CommandLine.Help;
using Compare.Limits;
using Compare.Plan;
using Compare.Presentation;
using Compare.Processes;
using Compare.Report;
using Compare.Results;
using Compare.Servers;

namespace Compare.CommandLine;

/// <summary>From arguments to exit code: parse, check the machine's limits, compare, report.</summary>
internal sealed class CompareCommand(TextWriter output, TextWriter error, Func<SystemLimits> readLimits)
{
    private const string DefaultFolder = "artifacts/compare";

    private readonly CompareOptions _options = new();

    /// <summary>The servers that run for those that were chosen, so that tests can have one that fails.</summary>
    public Func<Contender, Contender> Contend { get; init; } = contender => contender;

    public async Task<int> RunAsync(string[] arguments, CancellationToken interrupt)
    {
        var parsed = CreateCommand(arguments).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
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

    private RootCommand CreateCommand(string[] arguments)
    {
        var command = new RootCommand(
            "Runs servers on a thread per connection and on stock Kestrel under the same loads, and shows both side by side.");
        foreach (var option in _options.All)
        {
            command.Add(option);
        }

        var help = command.Options.OfType<HelpOption>().Single();
        help.Action = new CompareHelp((HelpAction)help.Action!);
        command.SetAction((parsed, interrupt) => RunAsync(parsed, arguments, interrupt));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, string[] arguments, CancellationToken interrupt)
    {
        if (!OperatingSystem.IsLinux())
        {
            return Refuse("this program needs Linux: it measures through /proc, and lets the kernel end its children with it");
        }

        if (_options.FindConflict(parsed) is { } conflict)
        {
            return Refuse(conflict);
        }

        var settings = _options.Read(parsed);
        settings = settings with { Servers = [.. settings.Servers.Select(Contend)] };
        if (parsed.GetValue(_options.List))
        {
            ScenarioList.Write(output, settings);
            return ExitCode.Ok;
        }

        try
        {
            return parsed.GetValue(_options.Report) is { } path
                ? Show(ResultFile.Read(path), FolderOf(parsed, path))
                : await CompareAsync(parsed, settings, arguments, interrupt);
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

    private async Task<int> CompareAsync(ParseResult parsed, Settings settings, string[] arguments, CancellationToken interrupt)
    {
        if (!settings.Cases().Any())
        {
            return Refuse("--quick has no case of these scenarios (see --list)");
        }

        if (Preflight.Check(settings, readLimits()) is { } tooMany)
        {
            return Refuse(tooMany);
        }

        // Before half an hour is spent.
        var append = parsed.GetValue(_options.Append) is { } appended ? ResultFile.Read(appended) : new ResultFile();
        var against = parsed.GetValue(_options.Against) is { } old ? ResultFile.Read(old) : null;
        var folder = FolderOf(parsed, parsed.GetValue(_options.Append));
        Directory.CreateDirectory(folder);

        var session = new Session(Machine.Read(), SettingsOf(settings, arguments));
        var runs = new List<RunResult>();
        try
        {
            await MeasureAsync(settings, runs, interrupt);
        }
        catch
        {
            if (RunPlan.Finished(settings, runs) is { Count: > 0 } finished)
            {
                Keep(append.With(session, finished), folder);
            }

            throw;
        }

        Outcome.Write(output, toTerminal: IsTerminal(output, Console.Out, Console.IsOutputRedirected), session, runs);
        Draw(append.With(session, runs), folder);
        return against is null ? ExitCode.Ok : Judge(against, runs);
    }

    /// <summary>Half an hour of measuring is not lost because the last case has failed.</summary>
    private void Keep(ResultFile results, string folder)
    {
        var path = Path.Combine(folder, ReportFolder.Results);
        results.Write(path);
        Say($"the finished cases are kept in {path}; --append goes on with others, and --report draws them");
    }

    private Task MeasureAsync(Settings settings, List<RunResult> runs, CancellationToken interrupt)
    {
        var planned = RunPlan.Of(settings).Count;
        return IsTerminal(error, Console.Error, Console.IsErrorRedirected)
            ? ProgressBar.RunAsync(error, planned, progress => new Comparison(settings, progress).RunAsync(runs, interrupt))
            : new Comparison(settings, new ProgressLines(error, planned)).RunAsync(runs, interrupt);
    }

    private int Show(ResultFile results, string folder)
    {
        ComparisonTable.Write(output, IsTerminal(output, Console.Out, Console.IsOutputRedirected), CaseResult.Group(results.Runs));
        return Draw(results, folder);
    }

    private int Draw(ResultFile results, string folder)
    {
        if (results.Runs.Count == 0)
        {
            throw new ComparisonException("these results have no runs to draw");
        }

        if (ReportFolder.Write(folder, results) is { } trouble)
        {
            Say($"no pictures were drawn: {trouble.ReplaceLineEndings(" ")}");
        }

        output.WriteLine($"The report: {Path.Combine(folder, ReportFolder.Page)}; every run: {Path.Combine(folder, ReportFolder.Results)}");
        return ExitCode.Ok;
    }

    private int Judge(ResultFile against, IReadOnlyList<RunResult> runs)
    {
        var regressions = Regression.Find(CaseResult.Group(against.Runs), CaseResult.Group(runs), out var compared);
        foreach (var regression in regressions)
        {
            Say(regression.ToString());
        }

        output.WriteLine(regressions.Count == 0
            ? $"None of {compared} ratios got worse by more than the noise."
            : $"{regressions.Count} of {compared} ratios got worse by more than the noise.");
        return regressions.Count == 0 ? ExitCode.Ok : ExitCode.Worse;
    }

    private string FolderOf(ParseResult parsed, string? results) =>
        parsed.GetValue(_options.Output) is { Length: > 0 } folder ? folder
        : results is not null ? Path.GetDirectoryName(Path.GetFullPath(results))!
        : DefaultFolder;

    private static SessionSettings SettingsOf(Settings settings, string[] arguments)
    {
        var pinned = settings.Cores.FirstOrDefault(cores => cores != CorePlan.Free);
        return new SessionSettings
        {
            CommandLine = string.Join(' ', arguments.Select(argument => argument.Contains(' ') ? $"\"{argument}\"" : argument)),
            Servers = [.. settings.Servers.Select(server => server.Name)],
            Rounds = settings.Rounds,
            WarmUpSeconds = settings.Timing.WarmUp.TotalSeconds,
            DurationSeconds = settings.Timing.Duration.TotalSeconds,
            MessageSize = settings.MessageSize,
            StackSize = Contender.StackSize,
            PinnedCores = pinned is null
                ? null
                : $"server on {string.Join(',', pinned.Server!)}, client on {string.Join(',', pinned.Client!)}",
        };
    }

    private static bool IsTerminal(TextWriter writer, TextWriter console, bool isRedirected) => writer == console && !isRedirected;

    private int Refuse(string why)
    {
        Say(why);
        return ExitCode.Usage;
    }

    private void Say(string what) => error.WriteLine($"Compare: {what}");
}
