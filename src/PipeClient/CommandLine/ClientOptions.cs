using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using PipeClient.Load;
using PipeClient.Load.Connecting;
using PipeClient.Load.Messages;

namespace PipeClient.CommandLine;

/// <summary>The options of the command line that say what the load is, and how a run is made of them.</summary>
internal sealed class ClientOptions
{
    private const int MaxConnections = 1_000_000;
    private const int MaxPipeline = 65536;
    private const int MaxFileSize = 1 << 30;
    private const ulong DefaultSeed = 1234;

    public Option<int> Connections { get; } = Number(
        "--connections", "-n", MaxConnections, 1, "how many connections are open at once");

    public Option<Target[]> Host { get; } = new("--host")
    {
        Description = "the server: host:port, [IPv6]:port or unix:/path; given more than once, the connections go to them in turn",
        HelpName = "host:port",
        DefaultValueFactory = _ => [new Target("localhost", 1234)],
        CustomParser = result => ParseTargets(result),
    };

    public Option<string> Data { get; } = new("--data")
    {
        Description = "the text that every connection sends and expects back",
        HelpName = "text",
        DefaultValueFactory = _ => "hello",
        CustomParser = Parser<string>((text, out value) => (value = text).Length > 0, "a text that is not empty"),
    };

    public Option<SizeRange?> Size { get; } = new("--size")
    {
        Description = "send so many pseudorandom bytes instead of a text, other ones in every message: 64, 4KB, 1B-64KB",
        HelpName = "bytes",
        CustomParser = Parser<SizeRange?>(
            (text, out value) =>
            {
                var ok = SizeRange.TryParse(text, out var range);
                value = range;
                return ok;
            },
            "1 to 1GB, such as 64, 4KB or 1MB, or a range such as 1B-64KB"),
    };

    public Option<byte[]?> File { get; } = new("--file")
    {
        Description = "send what this file contains",
        HelpName = "file",
        CustomParser = Parser<byte[]?>(TryReadFile, "a file that can be read, of 1 byte to 1GB"),
    };

    public Option<ulong?> Seed { get; } = new("--seed")
    {
        Description = "where the pseudorandom bytes of --size start; the same seed, the same bytes",
        HelpName = "number",
        CustomParser = Parser<ulong?>(
            (text, out value) =>
            {
                var ok = ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seed);
                value = seed;
                return ok;
            },
            "a whole number from 0 to 18446744073709551615"),
    };

    public Option<Verification> Verify { get; } = new("--verify")
    {
        Description = "how replies are compared: full (every byte), length (as many bytes as were sent), none (and more do not matter)",
        HelpName = "how",
        DefaultValueFactory = _ => Verification.Full,
        CustomParser = Parser<Verification>(TryParseVerification, "full, length or none"),
    };

    public Option<int?> Rounds { get; } = OptionalNumber(
        "--rounds", int.MaxValue, "how often every connection echoes once, all waiting for the last; 1 if nothing else ends the load");

    public Option<Duration?> Duration { get; } = OptionalTime("--duration", "each connection echoes one message after the other for this time");

    public Option<long?> Messages { get; } = Count("--messages", "each connection echoes so many messages, waiting for no other");

    public Option<long?> Total { get; } = Count("--total", "all connections together echo so many messages");

    public Option<double?> Rate { get; } = RateOption(
        "--rate", "an open loop: so many messages a second are due over all connections, whether or not replies have come");

    public Option<double?> RatePerConnection { get; } = RateOption("--rate-per-connection", "the same for each connection");

    public Option<int?> Pipeline { get; } = OptionalNumber(
        "--pipeline", MaxPipeline, "how many messages a connection may have under way: 1 if nothing is said, 1024 with a rate");

    public Option<Duration?> WarmUp { get; } = OptionalTime("--warmup", "the load runs so long before it is counted");

    public Option<Duration?> Hold { get; } = OptionalTime("--hold", "the connections are kept open for so long after the load, or without any");

    public Option<double?> ConnectRate { get; } = RateOption("--connect-rate", "so many connections a second are opened");

    public Option<Duration?> Ramp { get; } = OptionalTime("--ramp", "the connections are opened evenly within this time");

    public Option<Duration> ConnectTimeout { get; } = Time(
        "--connect-timeout", 30, "the time within which all connections must be open, beyond what rate or ramp need");

    public Option<Duration> EchoTimeout { get; } = Time("--echo-timeout", 60, "the time that one message may take");

    public Option<int> ConnectParallelism { get; } = Number(
        "--connect-parallelism", null, MaxConnections, LoadOptions.DefaultConnectParallelism, "how many connects are under way at once");

    public Option<IReadOnlyList<IPAddress>?> SourceIp { get; } = new("--source-ip")
    {
        Description = "the addresses to connect from, in turn: 127.0.0.2-127.0.0.9,10.0.0.5",
        HelpName = "addresses",
        CustomParser = Parser<IReadOnlyList<IPAddress>?>(
            (text, out value) =>
            {
                var ok = SourceAddresses.TryParse(text, out var addresses);
                value = addresses;
                return ok;
            },
            "up to 65536 addresses of one family with commas between, or IPv4 ranges, such as 127.0.0.2-127.0.0.9"),
    };

    public Option<bool> Tls { get; } = new("--tls") { Description = "encrypt the connections" };

    public Option<bool> Insecure { get; } = new("--insecure") { Description = "with --tls: take any certificate" };

    public Option<string?> Sni { get; } = new("--sni")
    {
        Description = "with --tls: the server name to ask for and to expect, instead of the host",
        HelpName = "name",
        CustomParser = Parser<string?>((text, out value) => Uri.CheckHostName(value = text) != UriHostNameType.Unknown, "a host name"),
    };

    public Option<X509Certificate2Collection?> CaCert { get; } = new("--cacert")
    {
        Description = "with --tls: a PEM file with the certificates to trust, instead of the system's",
        HelpName = "file",
        CustomParser = Parser<X509Certificate2Collection?>(TryReadCertificates, "a PEM file with a certificate"),
    };

    public Option<string?> Summary { get; } = new("--summary")
    {
        Description = "end with a summary on one line, in this format",
        HelpName = "json",
        CustomParser = Parser<string?>((text, out value) => (value = text) == "json", "json"),
    };

    public IEnumerable<Option> All =>
    [
        Connections, Host, Data, Size, File, Seed, Verify, Rounds, Duration, Messages, Total, Rate, RatePerConnection, Pipeline, WarmUp,
        Hold, ConnectRate, Ramp, ConnectTimeout, EchoTimeout, ConnectParallelism, SourceIp, Tls, Insecure, Sni, CaCert, Summary,
    ];

    /// <summary>Refuses what does not go together.</summary>
    public void Validate(CommandResult result)
    {
        bool Given(Option option) => result.GetResult(option) is { Implicit: false };
        void Exclude(params Option[] options)
        {
            var given = Array.FindAll(options, Given);
            if (given.Length > 1)
            {
                result.AddError($"{given[0].Name} and {given[1].Name} exclude each other: give one of them");
            }
        }

        void Require(Option option, params Option[] others)
        {
            if (Given(option) && !Array.Exists(others, Given))
            {
                var names = others.Length == 1 ? others[0].Name : $"one of {string.Join(", ", others.Select(other => other.Name))}";
                result.AddError($"{option.Name} needs {names}");
            }
        }

        Exclude(Size, Data);
        Exclude(File, Data);
        Exclude(Size, File);
        Exclude(Rate, RatePerConnection);
        Exclude(ConnectRate, Ramp);
        Exclude(Insecure, CaCert);
        foreach (var other in new Option[] { Duration, Messages, Total, Rate, RatePerConnection, WarmUp, Pipeline })
        {
            Exclude(Rounds, other);
        }

        Require(Seed, Size);
        Require(Rate, Duration, Messages, Total);
        Require(RatePerConnection, Duration, Messages, Total);
        Require(WarmUp, Duration, Messages, Total);
        Require(Pipeline, Duration, Messages, Total);
        Require(Insecure, Tls);
        Require(Sni, Tls);
        Require(CaCert, Tls);
    }

    public LoadOptions Read(ParseResult parsed)
    {
        var connections = parsed.GetValue(Connections);
        var rounds = parsed.GetValue(Rounds);
        return new LoadOptions
        {
            Connections = connections,
            Targets = parsed.GetValue(Host)!,
            Sources = parsed.GetValue(SourceIp) ?? [],
            Tls = parsed.GetValue(Tls)
                ? new TlsSettings
                {
                    Insecure = parsed.GetValue(Insecure),
                    ServerName = parsed.GetValue(Sni),
                    Authorities = parsed.GetValue(CaCert) is { Count: > 0 } authorities ? authorities : null,
                }
                : null,
            Content = ContentOf(parsed),
            Verify = parsed.GetValue(Verify),
            // To hold connections without a load is no load at all, unless rounds were asked for.
            Rounds = rounds ?? (parsed.GetValue(Hold) is null ? 1 : 0),
            Duration = parsed.GetValue(Duration)?.Value,
            MessagesPerConnection = parsed.GetValue(Messages),
            TotalMessages = parsed.GetValue(Total),
            Rate = parsed.GetValue(Rate) ?? parsed.GetValue(RatePerConnection) * connections,
            Pipeline = parsed.GetValue(Pipeline),
            WarmUp = parsed.GetValue(WarmUp)?.Value ?? TimeSpan.Zero,
            Hold = parsed.GetValue(Hold)?.Value,
            ConnectRate = parsed.GetValue(ConnectRate) ?? connections / parsed.GetValue(Ramp)?.Value.TotalSeconds,
            ConnectTimeout = parsed.GetValue(ConnectTimeout).Value,
            EchoTimeout = parsed.GetValue(EchoTimeout).Value,
            ConnectParallelism = parsed.GetValue(ConnectParallelism),
        };
    }

    private MessageContent ContentOf(ParseResult parsed) =>
        parsed.GetValue(Size) is { } size ? new RandomContent(size.Min, size.Max, parsed.GetValue(Seed) ?? DefaultSeed)
        : parsed.GetValue(File) is { Length: > 0 } file ? new FixedContent(file)
        : new FixedContent(Encoding.UTF8.GetBytes(parsed.GetValue(Data)!));

    private static Option<int> Number(string name, string? alias, int max, int preset, string description) =>
        new(name, alias is null ? [] : [alias])
        {
            Description = description,
            HelpName = "number",
            DefaultValueFactory = _ => preset,
            CustomParser = Parser<int>(
                (text, out value) =>
                    int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= 1 && value <= max,
                WholeNumber(max)),
        };

    private static Option<int?> OptionalNumber(string name, int max, string description) => new(name)
    {
        Description = description,
        HelpName = "number",
        CustomParser = Parser<int?>(
            (text, out value) =>
            {
                var ok = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= max;
                value = number;
                return ok;
            },
            WholeNumber(max)),
    };

    private static Option<long?> Count(string name, string description)
    {
        const long Most = 1_000_000_000_000;
        return new(name)
        {
            Description = description,
            HelpName = "number",
            CustomParser = Parser<long?>(
                (text, out value) =>
                {
                    var ok = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= Most;
                    value = number;
                    return ok;
                },
                WholeNumber(Most)),
        };
    }

    private static Option<double?> RateOption(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "rate",
        CustomParser = Parser<double?>(
            (text, out value) =>
            {
                var ok = CommandLine.Rate.TryParse(text, out var rate);
                value = rate;
                return ok;
            },
            "a rate from 0.001/s to 1000M/s, such as 500/s or 50k/s"),
    };

    private static Option<Duration> Time(string name, int presetSeconds, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "time",
            DefaultValueFactory = _ => new Duration(TimeSpan.FromSeconds(presetSeconds)),
            CustomParser = Parser<Duration>(TryParseTime, TimeAllowed),
        };

    private static Option<Duration?> OptionalTime(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "time",
        CustomParser = Parser<Duration?>(
            (text, out value) =>
            {
                var ok = TryParseTime(text, out var time);
                value = time;
                return ok;
            },
            TimeAllowed),
    };

    private const string TimeAllowed = "a time of up to 24h, such as 500ms, 30s or 2m";

    private static string WholeNumber(long max) => string.Create(CultureInfo.InvariantCulture, $"a whole number from 1 to {max}");

    private static bool TryParseTime(string text, out Duration value) =>
        CommandLine.Duration.TryParse(text, out value) && value.Value > TimeSpan.Zero && value.Value <= TimeSpan.FromDays(1);

    private static bool TryParseVerification(string text, out Verification value)
    {
        value = text switch
        {
            "length" => Verification.Length,
            "none" => Verification.None,
            _ => Verification.Full,
        };
        return text is "full" or "length" or "none";
    }

    private static bool TryReadFile(string path, out byte[]? value)
    {
        value = null;
        try
        {
            if (new FileInfo(path).Length <= MaxFileSize)
            {
                value = System.IO.File.ReadAllBytes(path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // Said by the answer.
        }

        return value is { Length: > 0 and <= MaxFileSize };
    }

    private static bool TryReadCertificates(string path, out X509Certificate2Collection? value)
    {
        value = [];
        try
        {
            value.ImportFromPemFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException)
        {
            // Said by the answer.
        }

        return value.Count > 0;
    }

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
                result.AddError(
                    $"--host '{token.Value}' is not allowed: give host:port, [IPv6]:port or unix:/path, such as localhost:1234");
            }
        }

        return [.. targets];
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
