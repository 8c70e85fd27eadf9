using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace ThreadTransport.Internal.Hosting;

/// <summary>
/// Reads the section <c>ThreadTransport</c> into the options, key by key, so that a message about a bad value can name its key,
/// the value and what is allowed, and a misspelt key is not ignored. Runs once, on the thread that first asks for the options.
/// </summary>
internal sealed class ConfigurationBinder(IConfiguration? configuration = null) : IConfigureOptions<ThreadTransportOptions>
{
    private delegate string? Setter(ThreadTransportOptions options, string value);

    private static readonly Dictionary<string, Setter> _setters = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(ThreadTransportOptions.Enabled)] = Flag((o, v) => o.Enabled = v),
        [nameof(ThreadTransportOptions.UseConnectionThread)] = Flag((o, v) => o.UseConnectionThread = v),
        [nameof(ThreadTransportOptions.StackSize)] = Size((o, v) => o.StackSize = (int)Math.Min(v, int.MaxValue)),
        [nameof(ThreadTransportOptions.MaxConnections)] = Optional(Count((o, v) => o.MaxConnections = v), o => o.MaxConnections = null),
        [nameof(ThreadTransportOptions.WhenFull)] = Choice,
        [nameof(ThreadTransportOptions.Backlog)] = Count((o, v) => o.Backlog = v),
        [nameof(ThreadTransportOptions.NoDelay)] = Flag((o, v) => o.NoDelay = v),
        [nameof(ThreadTransportOptions.MaxReadBufferSize)] = Optional(Size((o, v) => o.MaxReadBufferSize = v), o => o.MaxReadBufferSize = null),
        [nameof(ThreadTransportOptions.MaxWriteBufferSize)] = Optional(Size((o, v) => o.MaxWriteBufferSize = v), o => o.MaxWriteBufferSize = null),
        [nameof(ThreadTransportOptions.MaxCachedThreads)] = Optional(Count((o, v) => o.MaxCachedThreads = v), o => o.MaxCachedThreads = null),
        [nameof(ThreadTransportOptions.CachedThreadIdleTimeout)] = Duration,
    };

    public void Configure(ThreadTransportOptions options)
    {
        if (configuration is null)
        {
            return;
        }

        var failures = new List<string>();
        foreach (var entry in configuration.GetSection(ThreadTransportOptions.SectionName).GetChildren())
        {
            var failure = !_setters.TryGetValue(entry.Key, out var setter)
                ? $"is not a setting. Settings: {string.Join(", ", _setters.Keys)}."
                : entry.Value is null ? (entry.GetChildren().Any() ? "has to be a single value." : null)
                : setter(options, entry.Value);
            if (failure is not null)
            {
                failures.Add($"{entry.Path}{(entry.Value is null ? "" : $" = \"{entry.Value}\"")} {failure}");
            }
        }

        if (failures.Count > 0)
        {
            throw new OptionsValidationException(nameof(ThreadTransportOptions), typeof(ThreadTransportOptions), failures);
        }
    }

    private static Setter Size(Action<ThreadTransportOptions, long> set) => (options, value) =>
    {
        if (!ByteSize.TryParse(value, out var bytes))
        {
            return "is not a size. Write bytes (262144) or a number with a unit (\"256KB\", \"1.5MB\").";
        }

        set(options, bytes);
        return null;
    };

    private static Setter Count(Action<ThreadTransportOptions, int> set) => (options, value) =>
    {
        if (!int.TryParse(value, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var count))
        {
            return $"is not a whole number of at most {int.MaxValue}.";
        }

        set(options, count);
        return null;
    };

    private static Setter Flag(Action<ThreadTransportOptions, bool> set) => (options, value) =>
    {
        if (!bool.TryParse(value, out var flag))
        {
            return "has to be true or false.";
        }

        set(options, flag);
        return null;
    };

    /// <summary>An empty text stands for "no value", as a null in a JSON file arrives that way.</summary>
    private static Setter Optional(Setter setter, Action<ThreadTransportOptions> clear) => (options, value) =>
    {
        if (value.Length > 0)
        {
            return setter(options, value);
        }

        clear(options);
        return null;
    };

    private static string? Choice(ThreadTransportOptions options, string value)
    {
        // Enum.TryParse alone would take "7" as well.
        if (!Enum.TryParse<WhenFull>(value, ignoreCase: true, out var whenFull)
            || !Enum.IsDefined(whenFull)
            || char.IsAsciiDigit(value.Trim()[0]))
        {
            return $"has to be one of {string.Join(", ", Enum.GetNames<WhenFull>())}.";
        }

        options.WhenFull = whenFull;
        return null;
    }

    private static string? Duration(ThreadTransportOptions options, string value)
    {
        if (!TimeSpan.TryParse(value, CultureInfo.InvariantCulture, out var duration))
        {
            return "is not a time span. Write hours:minutes:seconds (\"00:00:30\").";
        }

        options.CachedThreadIdleTimeout = duration;
        return null;
    }
}
