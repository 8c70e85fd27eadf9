using System.ComponentModel;
using PipeClient.Load;

namespace PipeClient.Reporting.Json;

[Description("What was asked for. What was not given is null.")]
internal sealed record LoadDocument
{
    [Description("rounds, closed, open or hold.")]
    public required string Mode { get; init; }

    public required IReadOnlyList<string> Targets { get; init; }

    public required int Connections { get; init; }

    public required IReadOnlyList<string> SourceAddresses { get; init; }

    public required bool Tls { get; init; }

    [Description("The size of the longest message.")]
    public required int MaxMessageBytes { get; init; }

    [Description("full, length or none.")]
    public required string Verify { get; init; }

    [Description("In mode rounds.")]
    public required int? Rounds { get; init; }

    public required double? DurationSeconds { get; init; }

    public required long? MessagesPerConnection { get; init; }

    public required long? TotalMessages { get; init; }

    [Description("The rate of an open loop, over all connections.")]
    public required double? MessagesPerSecond { get; init; }

    [Description("Messages that a connection may have under way.")]
    public required int Pipeline { get; init; }

    public required double WarmUpSeconds { get; init; }

    public required double? HoldSeconds { get; init; }

    public required double? ConnectsPerSecond { get; init; }

    public static LoadDocument Of(LoadOptions options) => new()
    {
        Mode = Word(options.Mode),
        Targets = [.. options.Targets.Select(target => target.ToString())],
        Connections = options.Connections,
        SourceAddresses = [.. options.Sources.Select(source => source.ToString())],
        Tls = options.Tls is not null,
        MaxMessageBytes = options.Content.MaxSize,
        Verify = Word(options.Verify),
        Rounds = options.Mode == LoadMode.Rounds ? options.Rounds : null,
        DurationSeconds = options.Duration?.TotalSeconds,
        MessagesPerConnection = options.MessagesPerConnection,
        TotalMessages = options.TotalMessages,
        MessagesPerSecond = options.Rate,
        Pipeline = options.PipelineDepth,
        WarmUpSeconds = options.WarmUp.TotalSeconds,
        HoldSeconds = options.Hold?.TotalSeconds,
        ConnectsPerSecond = options.ConnectRate,
    };

    private static string Word<T>(T value)
        where T : struct, Enum
        => value.ToString().ToLowerInvariant();
}
