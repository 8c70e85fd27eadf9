using BenchmarkDotNet.Attributes;
using Microbenchmarks.Peers;

namespace Microbenchmarks.Benchmarks;

/// <summary>What the questions about reads share: a connection on each transport, whose application reads.</summary>
public abstract class ReadBenchmark
{
    private protected ReaderPeer OnSockets { get; private set; } = null!;

    private protected ReaderPeer OnThreads { get; private set; } = null!;

    private protected abstract int MessagesAtOnce { get; }

    [GlobalSetup]
    public async Task StartAsync()
    {
        OnSockets = await ReaderPeer.StartAsync(Transport.Sockets, MessagesAtOnce);
        OnThreads = await ReaderPeer.StartAsync(Transport.Threads, MessagesAtOnce);
    }

    [GlobalCleanup]
    public async Task StopAsync()
    {
        await OnSockets.DisposeAsync();
        await OnThreads.DisposeAsync();
    }
}
