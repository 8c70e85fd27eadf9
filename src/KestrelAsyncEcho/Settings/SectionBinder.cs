using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Configuration;

namespace KestrelAsyncEcho.Settings;

/// <summary>
/// Binds a section to options of the framework. Key by key, because the framework's binder does not say which key a setter
/// refused, and a misspelt one must not pass unnoticed.
/// </summary>
internal static class SectionBinder
{
    /// <remarks>
    /// By reflection, in a trimmed program as well: the binder's source generator cannot take Kestrel's options (it binds their
    /// obsolete members too, and does not compile). So the members of the types that have settings are kept by name.
    /// </remarks>
    /// <exception cref="SettingsException">A value is wrong, or a key unknown.</exception>
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(KestrelServerOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(KestrelServerLimits))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(Http2Limits))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(Http3Limits))]
    [DynamicDependency(
        DynamicallyAccessedMemberTypes.PublicProperties | DynamicallyAccessedMemberTypes.PublicConstructors, typeof(MinDataRate))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(SocketTransportOptions))]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "What it reads is kept above.")]
    [UnconditionalSuppressMessage(
        "AOT", "IL3050", Justification = "No collections: the settings are single values of the framework's own types.")]
    public static void BindStrictly(this IConfigurationRoot configuration, string section, object options)
    {
        var failures = new List<string>();
        foreach (var (key, value) in configuration.GetSection(section).AsEnumerable(makePathsRelative: true))
        {
            var path = $"{section}:{key}";
            if (value is null && configuration.GetSection(path).GetChildren().Any())
            {
                continue;
            }

            try
            {
                new ConfigurationBuilder()
                    .AddInMemoryCollection([KeyValuePair.Create(key, value)])
                    .Build()
                    .Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
            }
            catch (Exception exception)
                when (exception is InvalidOperationException or ArgumentException or TargetInvocationException)
            {
                failures.Add($"{path} = \"{value}\" is nothing that {options.GetType().Name} takes: {FirstLine(exception)}");
            }
        }

        if (failures.Count > 0)
        {
            throw new SettingsException([.. failures.Select(configuration.Locate)]);
        }
    }

    private static string FirstLine(Exception exception)
    {
        var message = exception.GetBaseException().Message;
        return message.Split('\n', 2)[0].TrimEnd();
    }
}
