using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Logging;

namespace KestrelAsyncEcho.Settings;

/// <summary>
/// Reads and checks the section <c>Echo</c> and the log levels, and of the other sections whether they are sections. Collects
/// every failure before it gives up.
/// </summary>
internal sealed class EchoSettingsReader
{
    private static readonly TimeSpan _longestShutdown = TimeSpan.FromHours(1);
    private static readonly string[] _keys =
        [EchoKeys.Transport, EchoKeys.Host, EchoKeys.Port, EchoKeys.UnixSocket, EchoKeys.ShutdownTimeout];

    private static readonly string[] _endpointSections =
        [$"{EchoKeys.Kestrel}:Endpoints", $"{EchoKeys.Kestrel}:EndpointDefaults", $"{EchoKeys.Kestrel}:Certificates"];

    private static readonly string[] _sections =
        [EchoKeys.Section, "ThreadTransport", "SocketTransport", EchoKeys.Kestrel, EchoKeys.Logging, EchoKeys.LogLevels];

    private readonly IConfigurationRoot _configuration;
    private readonly List<string> _failures = [];

    private EchoSettingsReader(IConfigurationRoot configuration) => _configuration = configuration;

    /// <exception cref="SettingsException">A value is wrong, or a key unknown.</exception>
    public static EchoSettings Read(IConfigurationRoot configuration)
    {
        var reader = new EchoSettingsReader(configuration);
        reader.RefuseScalarSections();
        reader.RefuseUnknownKeys();
        reader.RefuseEndpoints();
        reader.CheckLogLevels();
        var settings = new EchoSettings(
            reader.Transport(),
            reader.Host(),
            reader.Port(),
            reader.UnixSocket(),
            reader.ShutdownTimeout());
        return reader._failures.Count == 0
            ? settings
            : throw new SettingsException([.. reader._failures.Select(configuration.Locate)]);
    }

    private TransportKind Transport()
    {
        if (!TryParseName<TransportKind>(_configuration[EchoKeys.Transport], out var kind))
        {
            Refuse(EchoKeys.Transport, "is not a transport. Allowed: threads, sockets.");
        }

        return kind;
    }

    private string Host()
    {
        var host = _configuration[EchoKeys.Host]?.Trim();
        if (string.IsNullOrEmpty(host))
        {
            Refuse(EchoKeys.Host, "is not a host. Allowed: an IP address, a name, localhost, *.");
        }

        return host ?? "";
    }

    private int Port()
    {
        var text = _configuration[EchoKeys.Port];
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > IPEndPoint.MaxPort)
        {
            Refuse(EchoKeys.Port, "is not a port. Allowed: 0 to 65535, where 0 takes a free one.");
        }

        return port;
    }

    private string? UnixSocket()
    {
        var path = _configuration[EchoKeys.UnixSocket];
        if (string.IsNullOrEmpty(path))
        {
            return null;
        }

        try
        {
            path = Path.GetFullPath(path);
            _ = new UnixDomainSocketEndPoint(path);
        }
        catch (ArgumentException)
        {
            Refuse(EchoKeys.UnixSocket, "is not a path for a Unix socket. Allowed: as a full path at most about 100 bytes.");
        }

        return path;
    }

    private TimeSpan ShutdownTimeout()
    {
        var text = _configuration[EchoKeys.ShutdownTimeout];
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && seconds <= _longestShutdown.TotalSeconds)
        {
            return TimeSpan.FromSeconds(seconds);
        }

        // Without a colon TimeSpan.Parse would take whole days.
        if (text is not null
            && text.Contains(':')
            && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var timeout)
            && timeout >= TimeSpan.Zero
            && timeout <= _longestShutdown)
        {
            return timeout;
        }

        Refuse(EchoKeys.ShutdownTimeout, "is not a timeout. Allowed: 0 to 3600 seconds, or hours:minutes:seconds.");
        return default;
    }

    private void CheckLogLevels()
    {
        foreach (var level in _configuration.GetSection(EchoKeys.LogLevels).GetChildren())
        {
            if (!TryParseName<LogLevel>(level.Value, out _))
            {
                Refuse(level.Path, "is not a log level. Allowed: trace, debug, information, warning, error, critical, none.");
            }
        }
    }

    private void RefuseUnknownKeys()
    {
        foreach (var entry in _configuration.GetSection(EchoKeys.Section).GetChildren())
        {
            if (!_keys.Contains(entry.Path, StringComparer.OrdinalIgnoreCase))
            {
                _failures.Add($"{entry.Path} is not a setting. Settings: {string.Join(", ", _keys)}.");
            }
        }
    }

    /// <summary>In the file alone: an environment variable of such a name, ECHO say, may well be meant for somebody else.</summary>
    private void RefuseScalarSections()
    {
        var file = _configuration.Providers.OfType<JsonConfigurationProvider>().Single();
        foreach (var section in _sections)
        {
            if (file.TryGet(section, out var value) && !string.IsNullOrEmpty(value))
            {
                _failures.Add($"{section} = \"{value}\" is not a section. Allowed: an object with its settings.");
            }
        }
    }

    /// <summary>What belongs to Kestrel's own way of configuring endpoints, which would listen beside the echo, if at all.</summary>
    private void RefuseEndpoints()
    {
        foreach (var section in _configuration.GetSection(EchoKeys.Kestrel).GetChildren())
        {
            if (_endpointSections.Contains(section.Path, StringComparer.OrdinalIgnoreCase))
            {
                _failures.Add(
                    $"{section.Path} is not a setting of this program. It listens, without TLS, on {EchoKeys.Host} and "
                    + $"{EchoKeys.Port}, or on {EchoKeys.UnixSocket}.");
            }
        }
    }

    private void Refuse(string key, string reason) => _failures.Add($"{key} = \"{_configuration[key]}\" {reason}");

    private static bool TryParseName<TEnum>(string? text, out TEnum value)
        where TEnum : struct, Enum
    {
        value = default;

        // Enum.TryParse alone would take "1" as well.
        return Enum.GetNames<TEnum>().Contains(text, StringComparer.OrdinalIgnoreCase)
            && Enum.TryParse(text, ignoreCase: true, out value);
    }
}
