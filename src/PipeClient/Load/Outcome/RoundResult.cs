namespace PipeClient.Load.Outcome;

/// <summary>How many connections got their whole message back in one round, and its time from first send to last byte.</summary>
internal sealed record RoundResult(int Echoes, TimeSpan Elapsed)
{
    public double EchoesPerSecond => Elapsed > TimeSpan.Zero ? Echoes / Elapsed.TotalSeconds : 0;
}
