using PipeClient.Load.Echoing;
using PipeClient.Load.Timing;

namespace PipeClient.Load.Outcome;

/// <summary>
/// Adds up what the recorders write down: for every second, which the observer hears of from a thread of this account's own, and for
/// the whole run.
/// </summary>
internal sealed class LoadAccount
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly object _end = new();
    private readonly LoadOptions _options;
    private readonly EchoContext _context;
    private readonly ILoadObserver _observer;
    private readonly Tally _interval;
    private readonly Tally[] _targets;
    private readonly Thread _thread;
    private readonly long _started = Clock.Now;
    private long _intervalStart;
    private int _number;
    private int _failedBefore;
    private double _lastRate;
    private TimeSpan? _lastP99;
    private bool _ended;
    private volatile LoadPhase _phase = LoadPhase.Connecting;

    public LoadAccount(LoadOptions options, EchoContext context, ILoadObserver observer)
    {
        _options = options;
        _context = context;
        _observer = observer;
        var isOpenLoop = options.Mode == LoadMode.Open;
        Total = new Tally(isOpenLoop);
        _interval = new Tally(isOpenLoop);
        _targets = [.. options.Targets.Select(_ => new Tally(isOpenLoop))];
        Array.ForEach([Total, _interval, .. _targets], tally => tally.Prepare(options.WarmUp > TimeSpan.Zero));
        _intervalStart = _started;
        _thread = new Thread(Run) { IsBackground = true, Name = "seconds" };
    }

    /// <summary>What counts of the whole run. To be read when all is over.</summary>
    public Tally Total { get; }

    public LoadPhase Phase
    {
        get => _phase;
        set => _phase = value;
    }

    public void Start() => _thread.Start();

    public LoadSnapshot Snapshot()
    {
        lock (_lock)
        {
            return new LoadSnapshot
            {
                Phase = _phase,
                Elapsed = Clock.Since(_started),
                Requested = _options.Connections,
                Connections = _context.Connections.Now,
                Failed = _context.Failures.Total,
                Messages = _context.Recorders.Sum(shares => shares.Sum(recorder => recorder.Messages)),
                MessagesPerSecond = _lastRate,
                P99 = _lastP99,
            };
        }
    }

    /// <summary>Tells of the last, unfinished second.</summary>
    public void End()
    {
        lock (_end)
        {
            _ended = true;
            Monitor.Pulse(_end);
        }

        _thread.Join();
    }

    public IReadOnlyList<TargetResult> Targets() =>
    [
        .. _options.Targets.Select((target, i) => new TargetResult
        {
            Target = target,
            Requested = (_options.Connections - i + _options.Targets.Count - 1) / _options.Targets.Count,
            Opened = _targets[i].Opened,
            Failed = _context.FailedByTarget[i],
            Messages = _targets[i].MeasuredMessages,
            Latency = _targets[i].Measured.Headline,
        }),
    ];

    private void Run()
    {
        for (var second = 1; ; second++)
        {
            var ended = WaitForEnd(_started + second * Clock.Nanoseconds(_second));
            var interval = Cut();
            _observer.IntervalEnded(interval);
            if (ended)
            {
                return;
            }
        }
    }

    private bool WaitForEnd(long until)
    {
        lock (_end)
        {
            while (!_ended && Clock.Span(until - Clock.Now) is var wait && wait > TimeSpan.Zero)
            {
                Monitor.Wait(_end, wait);
            }

            return _ended;
        }
    }

    private LoadInterval Cut()
    {
        _interval.Reset();
        for (var i = 0; i < _targets.Length; i++)
        {
            foreach (var recorder in _context.Recorders[i])
            {
                var taken = recorder.Take();
                _interval.Add(taken);
                Total.Add(taken);
                _targets[i].Add(taken);
            }
        }

        // The seconds show the warm-up as well, and what counts is in the total by now.
        _interval.Measured.Add(_interval.WarmUp);
        var now = Clock.Now;
        var failed = _context.Failures.Total;
        var interval = new LoadInterval
        {
            Number = ++_number,
            Phase = _phase,
            Start = Clock.Span(_intervalStart - _started),
            Length = Clock.Span(now - _intervalStart),
            Connections = _context.Connections.Now,
            Opened = _interval.Opened,
            Failed = failed - _failedBefore,
            Messages = _interval.Messages,
            BytesSent = _interval.BytesSent,
            BytesReceived = _interval.BytesReceived,
            Latencies = _interval.Measured,
        };
        _intervalStart = now;
        _failedBefore = failed;
        lock (_lock)
        {
            _lastRate = interval.MessagesPerSecond;
            var headline = interval.Latencies.Headline;
            _lastP99 = headline.Count > 0 ? headline.At(99) : null;
        }

        return interval;
    }
}
