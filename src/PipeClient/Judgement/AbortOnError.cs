using PipeClient.Load;
using PipeClient.Load.Outcome;

namespace PipeClient.Judgement;

/// <summary>Ends a run, if that is wanted, when the first connection fails.</summary>
internal sealed class AbortOnError(bool wanted, CancellationTokenSource run) : ILoadObserver
{
    private int _failed;

    /// <summary>Whether it has.</summary>
    public bool HasAborted => wanted && Volatile.Read(ref _failed) != 0;

    public void Connected(int connections, TimeSpan elapsed)
    {
    }

    public void RoundEnded(int number, RoundResult round)
    {
    }

    /// <summary>The cancellation's callbacks run elsewhere: who calls has messages to see to.</summary>
    public void Failed(Failure failure)
    {
        if (wanted && Interlocked.Exchange(ref _failed, 1) == 0)
        {
            _ = run.CancelAsync();
        }
    }
}
