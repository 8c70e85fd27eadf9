using Microsoft.Extensions.Logging.Abstractions;
using ThreadTransport;
using ThreadTransport.Internal.Diagnostics;
using ThreadTransport.Internal.Threads;

namespace Microbenchmarks.Peers;

internal static class ThreadCaches
{
    /// <summary>A cache as the transport has it by default. To be disposed by who asks for it.</summary>
    public static ThreadCache Start()
    {
        var cache = new ThreadCache(new ThreadTransportOptions(), new ThreadTransportLog(NullLogger.Instance));
        cache.Start();
        return cache;
    }
}
