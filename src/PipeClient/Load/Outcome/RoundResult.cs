namespace PipeClient.Load.Outcome;

/// <summary>One round: how many connections got their whole message back, and the time from the first send to the last byte.</summary>
internal sealed record RoundResult(int Echoes, TimeSpan Elapsed)
{
    public double EchoesPerSecond => Elapsed > TimeSpan.Zero ? Echoes / Elapsed.TotalSeconds : 0;
}
