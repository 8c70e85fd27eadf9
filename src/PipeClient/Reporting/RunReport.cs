using PipeClient.Judgement;
using PipeClient.Load;
using PipeClient.Reporting.Files;
using PipeClient.Reporting.Json;
using PipeClient.Reporting.Progress;

namespace PipeClient.Reporting;

/// <summary>Everything that is written of one run: for people, and to the files that were asked for.</summary>
internal sealed class RunReport : IDisposable
{
    private readonly OutputPlan _plan;
    private readonly LoadOptions _options;
    private readonly Streams _streams;
    private readonly DateTimeOffset _startedAt = DateTimeOffset.UtcNow;
    private readonly TextReport? _text;
    private readonly LiveProgress? _live;
    private readonly OutputFile? _json;
    private readonly OutputFile? _csv;
    private readonly OutputFile? _hdr;

    /// <summary>Opens all files, so that one that cannot be written is known before the first connect.</summary>
    public RunReport(OutputPlan plan, LoadOptions options, Streams streams)
    {
        _plan = plan;
        _options = options;
        _streams = streams;
        _json = Open("--json", plan.Json);
        _csv = Open("--csv", plan.Csv);
        _hdr = Open("--hdr", plan.Hdr);
        List<ILoadObserver> observers = [];
        if (!(plan.TakesStandardOutput && plan.IsQuiet))
        {
            var screen = plan.TakesStandardOutput
                ? new Screen(streams.Error, streams.IsErrorTerminal)
                : new Screen(streams.Output, streams.IsOutputTerminal);
            observers.Add(_text = new TextReport(screen, plan.IsQuiet));
            if (!plan.IsQuiet && screen.IsTerminal)
            {
                observers.Add(_live = new LiveProgress(screen));
            }
            else if (!plan.IsQuiet && options.Mode != LoadMode.Rounds)
            {
                observers.Add(new ProgressLines(screen));
            }
        }

        if (_csv is not null)
        {
            observers.Add(new CsvReport(_csv));
        }

        if (_hdr is not null)
        {
            observers.Add(new HdrLog(_hdr, _startedAt));
        }

        Observers = observers;
    }

    /// <summary>Those who are to hear of the run.</summary>
    public IReadOnlyList<ILoadObserver> Observers { get; }

    /// <summary>What could not be written, if anything.</summary>
    public string? Error => _json?.Error ?? _csv?.Error ?? _hdr?.Error;

    /// <summary>Shows the run until it is over.</summary>
    public Task FollowAsync(LoadRun run, Task running) => _live?.ShowAsync(run, running) ?? running;

    public void Ended(Verdict verdict)
    {
        var document = RunDocument.Of(_options, verdict, _startedAt);
        _text?.Ended(verdict);
        _json?.Write(writer => writer.WriteLine(document.ToJson(indented: true)));
        if (_plan.Crank)
        {
            CrankReport.Write(_streams.Output, verdict.Result, DateTimeOffset.UtcNow);
        }

        if (_plan.Summary)
        {
            _streams.Output.WriteLine(document.ToJson(indented: false));
        }
    }

    public void Dispose()
    {
        _json?.Dispose();
        _csv?.Dispose();
        _hdr?.Dispose();
    }

    private OutputFile? Open(string option, string? path) =>
        path is null ? null : OutputFile.Open(option, path, _streams.Output);
}
