using BenchmarkDotNet.Attributes;
using Microbenchmarks.Peers;

namespace Microbenchmarks.Benchmarks;

/// <summary>How long does a connection take that echoes one byte, from its connect to its end?</summary>
public class ConnectAndClose
{
    private readonly byte[] _byte = [1];
    private Server _sockets = null!;
    private Server _threads = null!;

    [GlobalSetup]
    public async Task StartAsync()
    {
        _sockets = await Server.StartAsync(Transport.Sockets, Applications.EchoAsync);
        _threads = await Server.StartAsync(Transport.Threads, Applications.EchoAsync);
    }

    [GlobalCleanup]
    public async Task StopAsync()
    {
        await _sockets.DisposeAsync();
        await _threads.DisposeAsync();
    }

    [Benchmark(Baseline = true)]
    public void Sockets() => ConnectEchoClose(_sockets);

    [Benchmark]
    public void Threads() => ConnectEchoClose(_threads);

    private void ConnectEchoClose(Server server)
    {
        using var client = server.Connect();

        // Ended by a reset: thousands of ports in TIME_WAIT would be what the next connects are measured by.
        client.LingerState = new(enable: true, seconds: 0);
        client.Send(_byte);
        if (client.Receive(_byte) != 1)
        {
            throw new InvalidOperationException("The server has ended the connection without an echo.");
        }
    }
}
