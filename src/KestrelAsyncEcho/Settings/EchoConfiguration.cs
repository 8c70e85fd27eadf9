using KestrelAsyncEcho.CommandLine;
using Microsoft.Extensions.Configuration;

namespace KestrelAsyncEcho.Settings;

/// <summary>Lays the sources of settings over each other: defaults, the file, the environment, the command line.</summary>
internal static class EchoConfiguration
{
    // Kestrel would take addresses from these too, and warn at every start that the echo endpoint overrides them. Containers of
    // the ASP.NET Core image always set one.
    private static readonly Dictionary<string, string?> _noForeignAddresses = new()
    {
        ["urls"] = "",
        ["http_ports"] = "",
        ["https_ports"] = "",
    };

    /// <exception cref="SettingsException">The file cannot be read, or an option does not go with the transport.</exception>
    public static IConfigurationRoot Build(IReadOnlyDictionary<EchoOption, string> given, string settingsFile)
    {
        var lower = new ConfigurationBuilder()
            .AddInMemoryCollection(EchoOption.All
                .Where(option => option.Default is not null)
                .Select(option => KeyValuePair.Create(option.ThreadsKey, option.Default)))
            .AddJsonFile(settingsFile, optional: true, reloadOnChange: false)
            .AddEnvironmentVariables();
        IConfigurationRoot configuration;
        try
        {
            configuration = lower.Build();
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new SettingsException($"{settingsFile}: {exception.GetBaseException().Message}");
        }

        var transport = given.TryGetValue(EchoOption.Transport, out var text) ? text : configuration[EchoKeys.Transport];
        return lower
            .AddInMemoryCollection(_noForeignAddresses)
            .Add(new CommandLineSource(ToKeys(given, IsSockets(transport))))
            .Build();
    }

    private static bool IsSockets(string? transport)
        => string.Equals(transport, nameof(TransportKind.Sockets), StringComparison.OrdinalIgnoreCase);

    private static Dictionary<string, (string Option, string Value)> ToKeys(
        IReadOnlyDictionary<EchoOption, string> given,
        bool sockets)
    {
        var keys = new Dictionary<string, (string Option, string Value)>(StringComparer.OrdinalIgnoreCase);
        foreach (var (option, value) in given)
        {
            var key = (sockets ? option.SocketsKey : option.ThreadsKey)
                ?? throw new SettingsException(
                    $"{option.Name} {value}: transport sockets has no such setting. It needs --transport threads.");
            keys[key] = (option.Name, value);
        }

        var tcp = given.Keys.FirstOrDefault(option => option == EchoOption.Host || option == EchoOption.Port);
        if (tcp is not null && given.ContainsKey(EchoOption.UnixSocket))
        {
            throw new SettingsException(
                $"{tcp.Name} {given[tcp]}: not together with {EchoOption.UnixSocket.Name}. Give a TCP address or a Unix socket.");
        }

        if (tcp is not null)
        {
            // A socket path from the file would otherwise win over the port just given.
            keys[EchoKeys.UnixSocket] = (tcp.Name, "");
        }

        return keys;
    }
}
