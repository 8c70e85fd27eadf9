using System.Collections.Concurrent;
using System.Text;

namespace Randomised.Tests.Sequences;

/// <summary>
/// What has happened to one connection, and when, by a clock that goes on with every event. Written by all its actors.
/// </summary>
internal sealed class History
{
    private readonly ConcurrentQueue<(int Tick, string Who, Step Step, string What, long Number)> _notes = [];
    private readonly ConcurrentQueue<Cause> _causes = [];
    private int _clock;
    private volatile string? _failure;

    /// <summary>What was wrong first; null if nothing was.</summary>
    public string? Failure => _failure;

    public IReadOnlyCollection<Cause> Causes => _causes;

    public int Tick() => Interlocked.Increment(ref _clock);

    public Cause Begin(CauseKind kind, Exception? reason = null)
    {
        var cause = new Cause(kind, Tick(), reason);
        _causes.Enqueue(cause);
        return cause;
    }

    public bool Has(params ReadOnlySpan<CauseKind> kinds)
    {
        foreach (var cause in _causes)
        {
            if (kinds.Contains(cause.Kind))
            {
                return true;
            }
        }

        return false;
    }

    public void Note(string who, Step step, string what, long number = 0) => _notes.Enqueue((Tick(), who, step, what, number));

    public void Fail(string failure)
    {
        Note("failure", default, failure);
        Interlocked.CompareExchange(ref _failure, failure, null);
    }

    /// <summary>Notes a failure unless what must hold does.</summary>
    public void Require(bool holds, string what)
    {
        if (!holds)
        {
            Fail(what);
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (tick, who, step, what, number) in _notes)
        {
            text.AppendLine($"{tick,4} {who,-8} {step,-22} {what} {(number == 0 ? "" : number)}");
        }

        foreach (var cause in _causes)
        {
            text.AppendLine($"cause {cause}");
        }

        return text.ToString();
    }
}
