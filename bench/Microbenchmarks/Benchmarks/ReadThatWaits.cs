using BenchmarkDotNet.Attributes;

namespace Microbenchmarks.Benchmarks;

/// <summary>How long does a read take whose 64 bytes have still to come?</summary>
public class ReadThatWaits : ReadBenchmark
{
    [Benchmark(Baseline = true)]
    public void Sockets() => OnSockets.Exchange();

    [Benchmark]
    public void Threads() => OnThreads.Exchange();

    private protected override int MessagesAtOnce => 1;
}
