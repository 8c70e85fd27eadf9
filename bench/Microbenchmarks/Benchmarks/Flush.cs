using BenchmarkDotNet.Attributes;
using Microbenchmarks.Peers;

namespace Microbenchmarks.Benchmarks;

/// <summary>How long until a message is flushed, to a client that reads as fast as it can?</summary>
public class Flush
{
    private WriterPeer _sockets = null!;
    private WriterPeer _threads = null!;
    private byte[] _message = null!;

    [Params(16, 1024, 64 * 1024, 1024 * 1024)]
    public int Size { get; set; }

    [GlobalSetup]
    public async Task StartAsync()
    {
        _message = new byte[Size];
        _sockets = await WriterPeer.StartAsync(Transport.Sockets);
        _threads = await WriterPeer.StartAsync(Transport.Threads);
    }

    [GlobalCleanup]
    public async Task StopAsync()
    {
        await _sockets.DisposeAsync();
        await _threads.DisposeAsync();
    }

    [Benchmark(Baseline = true)]
    public Task Sockets() => WriteAsync(_sockets);

    [Benchmark]
    public Task Threads() => WriteAsync(_threads);

    private async Task WriteAsync(WriterPeer peer)
    {
        if ((await peer.Output.WriteAsync(_message)).IsCompleted)
        {
            throw new InvalidOperationException("The connection has ended.");
        }
    }
}
