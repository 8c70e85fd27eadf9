namespace Compare.Load;

/// <summary>
/// The load of one run. Rounds are counted from 1. The first is cold and stands for itself, then come those that are measured,
/// then one to spare: the last mark is read a moment late, and in that moment the server must go on echoing as before, not close
/// its connections.
/// </summary>
internal sealed record LoadPlan(int Connections, int MeasuredRounds, IReadOnlyList<string> Message)
{
    public const int FirstRound = 1;

    public int LastMeasuredRound => FirstRound + MeasuredRounds;

    public int Rounds => LastMeasuredRound + 1;

    public IEnumerable<LoadRound> Measured(LoadSummary summary) => summary.Rounds.Skip(FirstRound).Take(MeasuredRounds);
}
