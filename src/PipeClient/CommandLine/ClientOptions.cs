using System.CommandLine;
using System.CommandLine.Parsing;
using PipeClient.CommandLine.Options;
using PipeClient.Load;

namespace PipeClient.CommandLine;

/// <summary>All options of the command line, and what they make of a run.</summary>
internal sealed class ClientOptions
{
    private readonly ConnectionOptions _connecting = new();
    private readonly MessageOptions _message = new();
    private readonly PaceOptions _pace = new();
    private readonly TlsOptions _tls = new();

    public OutputOptions Output { get; } = new();

    public JudgementOptions Judgement { get; } = new();

    public IEnumerable<Option> All =>
        [.. _connecting.All, .. _message.All, .. _pace.All, .. _tls.All, .. Output.All, .. Judgement.All];

    /// <summary>Refuses what does not go together.</summary>
    public void Validate(CommandResult result)
    {
        var rules = new OptionRules(result);
        _connecting.Validate(rules);
        _message.Validate(rules);
        _pace.Validate(rules);
        _tls.Validate(rules);
        Output.Validate(rules);
    }

    public LoadOptions ReadLoad(ParseResult parsed)
    {
        var connections = parsed.GetValue(_connecting.Connections);
        return new LoadOptions
        {
            Connections = connections,
            Targets = parsed.GetValue(_connecting.Host)!,
            Sources = parsed.GetValue(_connecting.SourceIp) ?? [],
            Tls = _tls.Read(parsed),
            Content = _message.Read(parsed),
            Verify = parsed.GetValue(_message.Verify),
            Rounds = _pace.ReadRounds(parsed),
            Duration = parsed.GetValue(_pace.Duration)?.Value,
            MessagesPerConnection = parsed.GetValue(_pace.Messages),
            TotalMessages = parsed.GetValue(_pace.Total),
            Rate = _pace.ReadRate(parsed, connections),
            Pipeline = parsed.GetValue(_pace.Pipeline),
            WarmUp = parsed.GetValue(_pace.WarmUp)?.Value ?? TimeSpan.Zero,
            Hold = parsed.GetValue(_pace.Hold)?.Value,
            ConnectRate = _connecting.ReadConnectRate(parsed),
            ConnectTimeout = parsed.GetValue(_connecting.ConnectTimeout).Value,
            EchoTimeout = parsed.GetValue(_pace.EchoTimeout).Value,
            ConnectParallelism = parsed.GetValue(_connecting.ConnectParallelism),
        };
    }
}
