using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text;
using PipeClient.Load;
using PipeClient.Load.Messages;

namespace PipeClient.CommandLine;

/// <summary>The options of the command line, and how a run is made of them.</summary>
internal sealed class ClientOptions
{
    private const int MaxConnections = 1_000_000;
    private const int MaxSize = 1 << 30;
    private const int Seed = 1234;

    public Option<int> Connections { get; } = Number(
        "--connections", "-n", MaxConnections, 1, "how many connections are open at once");

    public Option<Target> Host { get; } = new("--host")
    {
        Description = "the server: host:port or [IPv6]:port",
        HelpName = "host:port",
        DefaultValueFactory = _ => new Target("localhost", 1234),
        CustomParser = Parser<Target>(
            (text, out value) => Target.TryParse(text, out value!), "host:port or [IPv6]:port, such as localhost:1234"),
    };

    public Option<string> Data { get; } = new("--data")
    {
        Description = "the text that every connection sends and expects back",
        HelpName = "text",
        DefaultValueFactory = _ => "hello",
        CustomParser = Parser<string>((text, out value) => (value = text).Length > 0, "a text that is not empty"),
    };

    public Option<int?> Size { get; } = new("--size")
    {
        Description = "send so many pseudorandom bytes instead of a text: 64, 4KB, 1MB",
        HelpName = "bytes",
        CustomParser = Parser<int?>(TryParseSize, "1 to 1GB, such as 64, 4KB or 1MB"),
    };

    public Option<int> Rounds { get; } = Number(
        "--rounds", null, int.MaxValue, 1, "how often every connection echoes once");

    public Option<Duration> ConnectTimeout { get; } = Time(
        "--connect-timeout", 30, "the time within which all connections must be open");

    public Option<Duration> EchoTimeout { get; } = Time("--echo-timeout", 60, "the time that one round may take");

    public Option<int> ConnectParallelism { get; } = Number(
        "--connect-parallelism", null, MaxConnections, LoadOptions.DefaultConnectParallelism, "how many connects are under way at once");

    public Option<string?> Summary { get; } = new("--summary")
    {
        Description = "end with a summary on one line, in this format",
        HelpName = "json",
        CustomParser = Parser<string?>((text, out value) => (value = text) == "json", "json"),
    };

    public IEnumerable<Option> All =>
        [Connections, Host, Data, Size, Rounds, ConnectTimeout, EchoTimeout, ConnectParallelism, Summary];

    public LoadOptions Read(ParseResult parsed) => new()
    {
        Connections = parsed.GetValue(Connections),
        Targets = [parsed.GetValue(Host)!],
        Content = parsed.GetValue(Size) is { } size
            ? new RandomContent(size, size, Seed)
            : new FixedContent(Encoding.UTF8.GetBytes(parsed.GetValue(Data)!)),
        Rounds = parsed.GetValue(Rounds),
        ConnectTimeout = parsed.GetValue(ConnectTimeout).Value,
        EchoTimeout = parsed.GetValue(EchoTimeout).Value,
        ConnectParallelism = parsed.GetValue(ConnectParallelism),
    };

    private static Option<int> Number(string name, string? alias, int max, int preset, string description) =>
        new(name, alias is null ? [] : [alias])
        {
            Description = description,
            HelpName = "number",
            DefaultValueFactory = _ => preset,
            CustomParser = Parser<int>(
                (text, out value) =>
                    int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= 1 && value <= max,
                string.Create(CultureInfo.InvariantCulture, $"a whole number from 1 to {max}")),
        };

    private static Option<Duration> Time(string name, int presetSeconds, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "time",
            DefaultValueFactory = _ => new Duration(TimeSpan.FromSeconds(presetSeconds)),
            CustomParser = Parser<Duration>(
                (text, out value) =>
                    Duration.TryParse(text, out value) && value.Value > TimeSpan.Zero && value.Value <= TimeSpan.FromDays(1),
                "a time of up to 24h, such as 500ms, 30s or 2m"),
        };

    private static bool TryParseSize(string text, out int? value)
    {
        var ok = ByteSize.TryParse(text, out var size) && size is >= 1 and <= MaxSize;
        value = (int)(ok ? size : 1);
        return ok;
    }

    private static Func<ArgumentResult, T> Parser<T>(TryParse<T> tryParse, string allowed) => result =>
    {
        var text = result.Tokens.Count > 0 ? result.Tokens[^1].Value : "";
        if (!tryParse(text, out var value))
        {
            var name = (result.Parent as OptionResult)?.Option.Name;
            result.AddError($"{name} '{text}' is not allowed: give {allowed}");
        }

        return value;
    };

    private delegate bool TryParse<T>(string text, out T value);
}
