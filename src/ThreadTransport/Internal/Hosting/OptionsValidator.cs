using Microsoft.Extensions.Options;

namespace ThreadTransport.Internal.Hosting;

/// <summary>Checks the ranges of <see cref="ThreadTransportOptions"/>, wherever their values came from.</summary>
internal sealed class OptionsValidator : IValidateOptions<ThreadTransportOptions>
{
    private static readonly TimeSpan _longestIdle = TimeSpan.FromDays(1);

    public ValidateOptionsResult Validate(string? name, ThreadTransportOptions options)
    {
        var failures = new List<string>();
        void Require(bool holds, string key, object? value, string allowed)
        {
            if (!holds)
            {
                failures.Add($"{ThreadTransportOptions.SectionName}:{key} = {value ?? "null"} is out of range. Allowed: {allowed}.");
            }
        }

        Require(
            options.StackSize is >= ThreadTransportOptions.MinStackSize and <= ThreadTransportOptions.MaxStackSize,
            nameof(options.StackSize),
            ByteSize.Format(options.StackSize),
            $"{ByteSize.Format(ThreadTransportOptions.MinStackSize)} to {ByteSize.Format(ThreadTransportOptions.MaxStackSize)}");
        Require(options.MaxConnections is null or > 0, nameof(options.MaxConnections), options.MaxConnections, "1 and up, or null");
        Require(Enum.IsDefined(options.WhenFull), nameof(options.WhenFull), options.WhenFull, string.Join(", ", Enum.GetNames<WhenFull>()));
        Require(options.Backlog > 0, nameof(options.Backlog), options.Backlog, "1 and up");
        Require(options.MaxReadBufferSize is null or >= 0, nameof(options.MaxReadBufferSize), options.MaxReadBufferSize, "0 and up, or null");
        Require(options.MaxWriteBufferSize is null or >= 0, nameof(options.MaxWriteBufferSize), options.MaxWriteBufferSize, "0 and up, or null");
        Require(options.MaxCachedThreads is null or >= 0, nameof(options.MaxCachedThreads), options.MaxCachedThreads, "0 and up, or null");
        Require(
            options.CachedThreadIdleTimeout == Timeout.InfiniteTimeSpan
                || (options.CachedThreadIdleTimeout >= TimeSpan.Zero && options.CachedThreadIdleTimeout <= _longestIdle),
            nameof(options.CachedThreadIdleTimeout),
            options.CachedThreadIdleTimeout,
            $"00:00:00 to {_longestIdle}, or infinite");
        Require(options.CreateBoundListenSocket is not null, nameof(options.CreateBoundListenSocket), null, "a delegate");

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
