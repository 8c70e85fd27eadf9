using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;

namespace KestrelAsyncEcho.Settings;

/// <summary>Says in a message where a setting came from.</summary>
internal static class SettingOrigin
{
    /// <summary>The failure with the place its key was set at the end; a failure starts with its key.</summary>
    public static string Locate(this IConfigurationRoot configuration, string failure)
    {
        var key = failure[..Math.Max(failure.IndexOf(' '), 0)];
        return Find(configuration, key) is { } origin ? $"{failure} Given {origin}." : failure;
    }

    private static string? Find(IConfigurationRoot configuration, string key)
        => (configuration.Providers.LastOrDefault(provider => provider.TryGet(key, out var value) && value is not null)
            ?? configuration.Providers.LastOrDefault(provider => Sets(provider, key))) switch
        {
            CommandLineSource.Provider commandLine => $"by {commandLine.OptionOf(key)}",
            EnvironmentVariablesConfigurationProvider
                => $"by the environment variable {key.Replace(":", "__", StringComparison.Ordinal)}",
            JsonConfigurationProvider file => $"in {PathOf(file)}",
            _ => null,
        };

    private static bool Sets(IConfigurationProvider provider, string key)
        => provider.TryGet(key, out _) || (key.Length > 0 && provider.GetChildKeys([], key).Any());

    private static string? PathOf(JsonConfigurationProvider file)
        => file.Source.Path is { } path ? file.Source.FileProvider?.GetFileInfo(path).PhysicalPath ?? path : null;
}
