using Microsoft.Extensions.Logging.Abstractions;
using Support;
using ThreadTransport.Internal.Diagnostics;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Tests.Threads;

/// <summary>What becomes of parked threads.</summary>
public sealed class ThreadCacheTests
{
    [Fact]
    public async Task Dispose_WithParkedThreads_EndsEveryOne()
    {
        const int Threads = 16;
        var cache = new ThreadCache(new ThreadTransportOptions(), new ThreadTransportLog(NullLogger.Instance));

        // These are parked for good: no time-out ends them in its place.
        cache.Start(ahead: Threads);
        await TestTimeout.EventuallyAsync(() => cache.Parked == Threads, "all threads are parked");

        cache.Dispose();

        await TestTimeout.EventuallyAsync(() => cache.Alive == 0, "all threads have ended");
    }
}
