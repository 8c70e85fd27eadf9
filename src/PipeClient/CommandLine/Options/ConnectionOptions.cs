using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using PipeClient.Load;

namespace PipeClient.CommandLine.Options;

/// <summary>How many connections, to whom, from where, how fast they are opened.</summary>
internal sealed class ConnectionOptions
{
    private const int MaxConnections = 1_000_000;

    public Option<int> Connections { get; } = OptionKinds.Number(
        "--connections", MaxConnections, 1, "how many connections are open at once", "-n");

    public Option<Target[]> Host { get; } = new("--host")
    {
        Description = "the server: host:port, [IPv6]:port or unix:/path; given more than once, the connections go to them in turn",
        HelpName = "host:port",
        DefaultValueFactory = _ => [new Target("localhost", 1234)],
        CustomParser = ParseTargets,
    };

    public Option<double?> ConnectRate { get; } = OptionKinds.PerSecond("--connect-rate", "so many connections a second are opened");

    public Option<Duration?> Ramp { get; } = OptionKinds.OptionalTime("--ramp", "the connections are opened evenly within this time");

    public Option<Duration> ConnectTimeout { get; } = OptionKinds.Time(
        "--connect-timeout", 30, "the time within which all connections must be open, beyond what rate or ramp need");

    public Option<int> ConnectParallelism { get; } = OptionKinds.Number(
        "--connect-parallelism", MaxConnections, LoadOptions.DefaultConnectParallelism, "how many connects are under way at once");

    public Option<IReadOnlyList<IPAddress>?> SourceIp { get; } = new("--source-ip")
    {
        Description = "the addresses to connect from, in turn: 127.0.0.2-127.0.0.9,10.0.0.5",
        HelpName = "addresses",
        CustomParser = OptionValue.Parser<IReadOnlyList<IPAddress>?>(
            (text, out value) =>
            {
                var ok = SourceAddresses.TryParse(text, out var addresses);
                value = addresses;
                return ok;
            },
            "up to 65536 addresses of one family with commas between, or IPv4 ranges, such as 127.0.0.2-127.0.0.9"),
    };

    public IEnumerable<Option> All => [Connections, Host, ConnectRate, Ramp, ConnectTimeout, ConnectParallelism, SourceIp];

    public void Validate(OptionRules rules) => rules.Exclude(ConnectRate, Ramp);

    public double? ReadConnectRate(ParseResult parsed) =>
        parsed.GetValue(ConnectRate) ?? parsed.GetValue(Connections) / parsed.GetValue(Ramp)?.Value.TotalSeconds;

    private static Target[] ParseTargets(ArgumentResult result)
    {
        var targets = new List<Target>();
        foreach (var token in result.Tokens)
        {
            if (Target.TryParse(token.Value, out var target))
            {
                targets.Add(target);
            }
            else
            {
                OptionValue.Refuse(result, token.Value, "host:port, [IPv6]:port or unix:/path, such as localhost:1234");
            }
        }

        return [.. targets];
    }
}
