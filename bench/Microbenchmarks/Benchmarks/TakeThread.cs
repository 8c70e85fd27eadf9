using BenchmarkDotNet.Attributes;
using Microbenchmarks.Peers;
using ThreadTransport.Internal.Threads;

namespace Microbenchmarks.Benchmarks;

/// <summary>How long until work runs on a thread from the cache, beside one of the pool and a new one?</summary>
public class TakeThread
{
    private readonly SignalWork _work = new();
    private ThreadCache _cache = null!;

    [GlobalSetup]
    public void Start() => _cache = ThreadCaches.Start();

    [GlobalCleanup]
    public void Stop() => _cache.Dispose();

    [Benchmark(Baseline = true)]
    public void Pool()
    {
        ThreadPool.UnsafeQueueUserWorkItem(_work, preferLocal: false);
        _work.WaitUntilRun();
    }

    [Benchmark]
    public void Cached()
    {
        _cache.Run(_work);
        _work.WaitUntilRun();
    }

    [Benchmark]
    public void Created()
    {
        new Thread(static work => ((SignalWork)work!).Signal()) { IsBackground = true }.UnsafeStart(_work);
        _work.WaitUntilRun();
    }
}
