using ThreadTransport.Internal.Diagnostics;

namespace ThreadTransport.Tests.Diagnostics;

public sealed class LogThrottleTests
{
    [Fact]
    public void LogThrottle_AfterTheInterval_PassesWithTheNumberOfThoseHeldBack()
    {
        var clock = new Clock();
        var throttle = new LogThrottle(TimeSpan.FromSeconds(10), clock);
        Assert.True(throttle.TryPass(out _));

        clock.Now += TimeSpan.FromSeconds(9.9);
        Assert.False(throttle.TryPass(out _));
        Assert.False(throttle.TryPass(out _));
        clock.Now += TimeSpan.FromSeconds(0.1);

        Assert.True(throttle.TryPass(out var heldBack));
        Assert.Equal(2, heldBack);
        Assert.False(throttle.TryPass(out heldBack));
        Assert.Equal(0, heldBack);
    }
}
