using BenchmarkDotNet.Attributes;
using Microbenchmarks.Peers;

namespace Microbenchmarks.Benchmarks;

/// <summary>How long does one echo of one connection take, there and back?</summary>
public class RoundTrip
{
    private EchoPeer _sockets = null!;
    private EchoPeer _threads = null!;
    private EchoPeer _split = null!;

    [Params(64, 4096)]
    public int Size { get; set; }

    [GlobalSetup]
    public async Task StartAsync()
    {
        _sockets = await EchoPeer.StartAsync(Transport.Sockets, Size);
        _threads = await EchoPeer.StartAsync(Transport.Threads, Size);
        _split = await EchoPeer.StartAsync(Transport.Threads, Size, Applications.EchoAfterBlockingAsync);
    }

    [GlobalCleanup]
    public async Task StopAsync()
    {
        await _sockets.DisposeAsync();
        await _threads.DisposeAsync();
        await _split.DisposeAsync();
    }

    [Benchmark(Baseline = true)]
    public void Sockets() => _sockets.RoundTrip();

    [Benchmark]
    public void Threads() => _threads.RoundTrip();

    [Benchmark]
    public void ThreadsSplit() => _split.RoundTrip();
}
