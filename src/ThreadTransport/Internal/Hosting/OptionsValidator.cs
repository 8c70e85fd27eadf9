using Microsoft.Extensions.Options;

namespace ThreadTransport.Internal.Hosting;

/// <summary>Checks the ranges of <see cref="ThreadTransportOptions"/>, wherever their values came from.</summary>
internal sealed class OptionsValidator : IValidateOptions<ThreadTransportOptions>
{
    private static readonly TimeSpan _shortestIdle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestIdle = TimeSpan.FromDays(1);

    /// <summary>The kernel's limit (sched_setattr, Linux 6.12).</summary>
    private static readonly TimeSpan _shortestSlice = TimeSpan.FromMicroseconds(100);

    /// <summary>About the longest that Linux itself gives; every yield would cost more than that otherwise.</summary>
    private static readonly TimeSpan _longestSlice = TimeSpan.FromMilliseconds(3);

    private static readonly TimeSpan _longestHold = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _longestSpin = TimeSpan.FromMilliseconds(1);

    /// <returns>What is wrong with the value, so that it goes on after "key = value"; null if nothing is.</returns>
    public static string? CheckStackSize(long bytes) => Check(
        bytes is >= ThreadTransportOptions.MinStackSize and <= ThreadTransportOptions.MaxStackSize,
        $"{ByteSize.Format(ThreadTransportOptions.MinStackSize)} to {ByteSize.Format(ThreadTransportOptions.MaxStackSize)}");

    /// <inheritdoc cref="CheckStackSize"/>
    public static string? CheckCachedThreadIdleTimeout(TimeSpan time) => Check(
        time == Timeout.InfiniteTimeSpan || (time >= TimeSpan.Zero && time <= _longestIdle),
        $"00:00:00 to {_longestIdle}, or infinite");

    /// <inheritdoc cref="CheckStackSize"/>
    public static string? CheckIdleTimeout(TimeSpan? time) => Check(
        time is null || time == Timeout.InfiniteTimeSpan || (time >= _shortestIdle && time <= _longestIdle), $"{_shortestIdle} to {_longestIdle}, or infinite");

    /// <inheritdoc cref="CheckStackSize"/>
    public static string? CheckTimeSlice(TimeSpan time) => Check(
        time == TimeSpan.Zero || (time >= _shortestSlice && time <= _longestSlice), "0, or 100us to 3ms");

    /// <inheritdoc cref="CheckStackSize"/>
    public static string? CheckSpinBeforeReceive(TimeSpan time) => Check(time >= TimeSpan.Zero && time <= _longestSpin, "0 to 1ms");

    /// <inheritdoc cref="CheckStackSize"/>
    public static string? CheckHold(TimeSpan time) => Check(time >= TimeSpan.Zero && time <= _longestHold, "0 to 10s");

    public ValidateOptionsResult Validate(string? name, ThreadTransportOptions options)
    {
        var failures = new List<string>();
        void Require(string key, object? value, string? failure)
        {
            if (failure is not null)
            {
                failures.Add($"{ThreadTransportOptions.SectionName}:{key} = {value ?? "null"} {failure}");
            }
        }

        const string FromOne = "1 and up";
        const string FromZero = "0 and up, or null";
        var o = options;
        Require(nameof(o.StackSize), ByteSize.Format(o.StackSize), CheckStackSize(o.StackSize));
        Require(nameof(o.MaxConnections), o.MaxConnections, Check(o.MaxConnections is null or > 0, $"{FromOne}, or null"));
        Require(nameof(o.WhenFull), o.WhenFull, Check(Enum.IsDefined(o.WhenFull), string.Join(", ", Enum.GetNames<WhenFull>())));
        Require(nameof(o.Backlog), o.Backlog, Check(o.Backlog > 0, FromOne));
        Require(nameof(o.MaxReadBufferSize), o.MaxReadBufferSize, Check(o.MaxReadBufferSize is null or >= 0, FromZero));
        Require(nameof(o.MaxWriteBufferSize), o.MaxWriteBufferSize, Check(o.MaxWriteBufferSize is null or >= 0, FromZero));
        Require(nameof(o.MaxCachedThreads), o.MaxCachedThreads, Check(o.MaxCachedThreads is null or >= 0, FromZero));
        Require(nameof(o.CachedThreadIdleTimeout), o.CachedThreadIdleTimeout, CheckCachedThreadIdleTimeout(o.CachedThreadIdleTimeout));
        Require(nameof(o.MinThreads), o.MinThreads, CheckMinThreads(o));
        Require(nameof(o.TimeSlice), o.TimeSlice, CheckTimeSlice(o.TimeSlice));
        Require(nameof(o.SpinBeforeReceive), o.SpinBeforeReceive, CheckSpinBeforeReceive(o.SpinBeforeReceive));
        Require(nameof(o.HoldForNewConnections), o.HoldForNewConnections, CheckHold(o.HoldForNewConnections));
        Require(nameof(o.HoldAfterCollection), o.HoldAfterCollection, CheckHold(o.HoldAfterCollection));
        Require(nameof(o.IdleTimeout), o.IdleTimeout, CheckIdleTimeout(o.IdleTimeout));
        Require(nameof(o.CreateBoundListenSocket), null, Check(o.CreateBoundListenSocket is not null, "a delegate"));

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static string? CheckMinThreads(ThreadTransportOptions options) => Check(
        options.MinThreads >= 0 && options.MinThreads <= (options.MaxCachedThreads ?? int.MaxValue),
        options.MaxCachedThreads is { } max ? $"0 to {max}, which is {nameof(options.MaxCachedThreads)}" : "0 and up");

    private static string? Check(bool holds, string allowed) => holds ? null : $"is out of range. Allowed: {allowed}.";
}
