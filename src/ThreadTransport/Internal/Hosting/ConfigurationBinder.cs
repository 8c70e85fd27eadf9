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

    private static readonly Dictionary<string, Key> _keys = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(ThreadTransportOptions.Enabled)] = new(Flag((o, v) => o.Enabled = v)),
        [nameof(ThreadTransportOptions.UseConnectionThread)] = new(Flag((o, v) => o.UseConnectionThread = v)),
        [nameof(ThreadTransportOptions.StackSize)] = new(Size((o, v) => o.StackSize = (int)v, OptionsValidator.CheckStackSize)),
        [nameof(ThreadTransportOptions.MaxConnections)] = new(Count((o, v) => o.MaxConnections = v), o => o.MaxConnections = null),
        [nameof(ThreadTransportOptions.WhenFull)] = new(Choice),
        [nameof(ThreadTransportOptions.Backlog)] = new(Count((o, v) => o.Backlog = v)),
        [nameof(ThreadTransportOptions.NoDelay)] = new(Flag((o, v) => o.NoDelay = v)),
        [nameof(ThreadTransportOptions.MaxReadBufferSize)] =
            new(Size((o, v) => o.MaxReadBufferSize = v), o => o.MaxReadBufferSize = null),
        [nameof(ThreadTransportOptions.MaxWriteBufferSize)] =
            new(Size((o, v) => o.MaxWriteBufferSize = v), o => o.MaxWriteBufferSize = null),
        [nameof(ThreadTransportOptions.MaxCachedThreads)] = new(Count((o, v) => o.MaxCachedThreads = v), o => o.MaxCachedThreads = null),
        [nameof(ThreadTransportOptions.CachedThreadIdleTimeout)] =
            new(Duration((o, v) => o.CachedThreadIdleTimeout = v, OptionsValidator.CheckCachedThreadIdleTimeout)),
        [nameof(ThreadTransportOptions.MinThreads)] = new(Count((o, v) => o.MinThreads = v)),
        [nameof(ThreadTransportOptions.DeferSends)] = new(Flag((o, v) => o.DeferSends = v)),
        [nameof(ThreadTransportOptions.YieldBeforeReceive)] = new(Flag((o, v) => o.YieldBeforeReceive = v)),
        [nameof(ThreadTransportOptions.TimeSlice)] = new(Duration((o, v) => o.TimeSlice = v, OptionsValidator.CheckTimeSlice)),
        [nameof(ThreadTransportOptions.SpinBeforeReceive)] =
            new(Duration((o, v) => o.SpinBeforeReceive = v, OptionsValidator.CheckSpinBeforeReceive)),
        [nameof(ThreadTransportOptions.HoldForNewConnections)] =
            new(Duration((o, v) => o.HoldForNewConnections = v, OptionsValidator.CheckHold)),
        [nameof(ThreadTransportOptions.HoldAfterCollection)] =
            new(Duration((o, v) => o.HoldAfterCollection = v, OptionsValidator.CheckHold)),
        [nameof(ThreadTransportOptions.IdleTimeout)] = new(
            Duration((o, v) => o.IdleTimeout = v, time => OptionsValidator.CheckIdleTimeout(time)), o => o.IdleTimeout = null),
    };

    public void Configure(ThreadTransportOptions options)
    {
        if (configuration is null)
        {
            return;
        }

        var failures = new List<string>();
        var section = configuration.GetSection(ThreadTransportOptions.SectionName);
        if (!string.IsNullOrEmpty(section.Value))
        {
            failures.Add(
                $"{section.Path} = \"{section.Value}\" is not a section. Give its settings by name: {string.Join(", ", _keys.Keys)}.");
        }

        foreach (var entry in section.GetChildren())
        {
            var failure = !_keys.TryGetValue(entry.Key, out var key)
                ? $"is not a setting. Settings: {string.Join(", ", _keys.Keys)}."
                : entry.Value is null && entry.GetChildren().Any()
                    ? "has to be a single value."
                    : key.Apply(options, entry.Value);
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

    private static Setter Size(Action<ThreadTransportOptions, long> set, Func<long, string?>? check = null) => (options, value) =>
    {
        if (!ByteSize.TryParse(value, out var bytes))
        {
            return "is not a size. Write bytes (262144) or a number with a unit (\"256KB\", \"1.5MB\").";
        }

        if (check?.Invoke(bytes) is { } failure)
        {
            return failure;
        }

        set(options, bytes);
        return null;
    };

    private static Setter Count(Action<ThreadTransportOptions, int> set) => (options, value) =>
    {
        if (!int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var count))
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

    private static string? Choice(ThreadTransportOptions options, string value)
    {
        // Enum.TryParse would take "1" and "Wait,Reject" as well.
        if (!Enum.GetNames<WhenFull>().Contains(value.Trim(), StringComparer.OrdinalIgnoreCase)
            || !Enum.TryParse<WhenFull>(value, ignoreCase: true, out var whenFull))
        {
            return $"has to be one of {string.Join(", ", Enum.GetNames<WhenFull>())}.";
        }

        options.WhenFull = whenFull;
        return null;
    }

    private static Setter Duration(Action<ThreadTransportOptions, TimeSpan> set, Func<TimeSpan, string?> check) => (options, value) =>
    {
        if (!TimeSpanText.TryParse(value, out var time))
        {
            return $"is not a time span. {TimeSpanText.Forms}";
        }

        if (check(time) is { } failure)
        {
            return failure;
        }

        set(options, time);
        return null;
    };

    /// <param name="Set">Takes a value over.</param>
    /// <param name="Clear">Takes over that there is none, where that means something of its own.</param>
    private sealed record Key(Setter Set, Action<ThreadTransportOptions>? Clear = null)
    {
        /// <summary>
        /// Takes a null in a JSON file and the empty text of an environment variable, which knows no null, as "no value". A
        /// setting that cannot be without one keeps its default then.
        /// </summary>
        public string? Apply(ThreadTransportOptions options, string? value)
        {
            if (Clear is not null && string.IsNullOrEmpty(value))
            {
                Clear(options);
                return null;
            }

            return value is null ? null : Set(options, value);
        }
    }
}
