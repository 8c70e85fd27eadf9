using System.Globalization;
using PipeClient.Load;
using PipeClient.Load.Outcome;
using Spectre.Console;

namespace PipeClient.Reporting.Progress;

/// <summary>Shows in a terminal how a run stands, several times a second, and is gone when the run is over.</summary>
internal sealed class LiveProgress(Screen screen) : ILoadObserver
{
    private const int MaxBars = 60;
    private const string Bars = "▁▂▃▄▅▆▇█";

    private static readonly TimeSpan _refresh = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private readonly Queue<double> _rates = new();

    public void Connected(int connections, TimeSpan elapsed)
    {
    }

    public void RoundEnded(int number, RoundResult round)
    {
    }

    public void IntervalEnded(LoadInterval interval)
    {
        lock (_lock)
        {
            _rates.Enqueue(interval.MessagesPerSecond);
            if (_rates.Count > MaxBars)
            {
                _rates.Dequeue();
            }
        }
    }

    public Task ShowAsync(LoadRun run, Task running) =>
        screen.Console.Live(Build(run.Snapshot())).AutoClear(true).StartAsync(async live =>
        {
            while (!running.IsCompleted)
            {
                await Task.WhenAny(running, Task.Delay(_refresh));
                live.UpdateTarget(Build(run.Snapshot()));
            }
        });

    private Table Build(LoadSnapshot now)
    {
        var table = new Table().Border(screen.Border);
        foreach (var name in new[] { "phase", "time", "connections", "messages/s", "p99", "messages", "errors" })
        {
            table.AddColumn(new TableColumn(name).RightAligned());
        }

        var errors = Quantity.Count(now.Failed);
        table.AddRow(
            now.Phase.Describe(),
            now.Elapsed.ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture),
            $"{Quantity.Count(now.Connections)} of {Quantity.Count(now.Requested)}",
            now.MessagesPerSecond.ToString("N0", CultureInfo.InvariantCulture),
            now.P99 is { } p99 ? Quantity.Time(p99) : "-",
            Quantity.Count(now.Messages),
            now.Failed > 0 ? $"[red]{errors}[/]" : errors);
        return screen.Console.Profile.Capabilities.Unicode ? table.Caption(Sparkline()) : table;
    }

    /// <summary>The rate of each second so far, the largest as a whole bar.</summary>
    private string Sparkline()
    {
        lock (_lock)
        {
            var max = _rates.Count > 0 ? _rates.Max() : 0;
            return string.Concat(_rates.Select(rate => Bars[max > 0 ? (int)Math.Round(rate / max * (Bars.Length - 1)) : 0]));
        }
    }
}
