using BenchmarkDotNet.Attributes;

namespace Microbenchmarks.Benchmarks;

/// <summary>How long does a read take whose 64 bytes are there already, but for one of 16 that waits for all of them?</summary>
public class ReadOfWaitingData : ReadBenchmark
{
    private const int Messages = 16;

    [Benchmark(Baseline = true, OperationsPerInvoke = Messages)]
    public void Sockets() => OnSockets.Exchange();

    [Benchmark(OperationsPerInvoke = Messages)]
    public void Threads() => OnThreads.Exchange();

    private protected override int MessagesAtOnce => Messages;
}
