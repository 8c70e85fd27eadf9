using System.CommandLine;

namespace PipeClient.CommandLine.Options;

/// <summary>How many messages, how fast, how long.</summary>
internal sealed class PaceOptions
{
    private const int MaxPipeline = 65536;

    public Option<int?> Rounds { get; } = OptionKinds.OptionalNumber(
        "--rounds", int.MaxValue, "how often every connection echoes once, all waiting for the last; 1 if nothing else ends the load");

    public Option<Duration?> Duration { get; } = OptionKinds.OptionalTime(
        "--duration", "each connection echoes one message after the other for this time");

    public Option<long?> Messages { get; } = OptionKinds.Count(
        "--messages", "each connection echoes so many messages, waiting for no other");

    public Option<long?> Total { get; } = OptionKinds.Count("--total", "all connections together echo so many messages");

    public Option<double?> Rate { get; } = OptionKinds.PerSecond(
        "--rate", "an open loop: so many messages a second are due over all connections, whether or not replies have come");

    public Option<double?> RatePerConnection { get; } = OptionKinds.PerSecond("--rate-per-connection", "the same for each connection");

    public Option<int?> Pipeline { get; } = OptionKinds.OptionalNumber(
        "--pipeline", MaxPipeline, "how many messages a connection may have under way: 1 if nothing is said, 1024 with a rate");

    public Option<Duration?> WarmUp { get; } = OptionKinds.OptionalTime("--warmup", "the load runs so long before it is counted");

    public Option<Duration?> Hold { get; } = OptionKinds.OptionalTime(
        "--hold", "the connections are kept open for so long after the load, or without any");

    public Option<Duration> EchoTimeout { get; } = OptionKinds.Time("--echo-timeout", 60, "the time that one message may take");

    public IEnumerable<Option> All =>
        [Rounds, Duration, Messages, Total, Rate, RatePerConnection, Pipeline, WarmUp, Hold, EchoTimeout];

    public void Validate(OptionRules rules)
    {
        rules.Exclude(Rate, RatePerConnection);
        rules.Exclude(Rounds, Duration, Messages, Total, Rate, RatePerConnection, WarmUp, Pipeline);
        foreach (var option in new Option[] { Rate, RatePerConnection, WarmUp, Pipeline })
        {
            rules.Require(option, Duration, Messages, Total);
        }
    }

    /// <summary>To hold connections without a load is no load at all, unless rounds were asked for.</summary>
    public int ReadRounds(ParseResult parsed) => parsed.GetValue(Rounds) ?? (parsed.GetValue(Hold) is null ? 1 : 0);

    public double? ReadRate(ParseResult parsed, int connections) =>
        parsed.GetValue(Rate) ?? parsed.GetValue(RatePerConnection) * connections;
}
