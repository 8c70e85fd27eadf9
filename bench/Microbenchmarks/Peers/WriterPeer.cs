using System.IO.Pipelines;
using System.Net.Sockets;

namespace Microbenchmarks.Peers;

/// <summary>One connection whose server's output is in the benchmark's hand, and whose client reads what comes and drops it.</summary>
internal sealed class WriterPeer : IAsyncDisposable
{
    private readonly Server _server;
    private readonly Socket _client;
    private readonly Thread _draining;

    private WriterPeer(Server server, Socket client, PipeWriter output)
    {
        _server = server;
        _client = client;
        Output = output;
        _draining = new Thread(Drain) { IsBackground = true, Name = "client" };
        _draining.Start();
    }

    public PipeWriter Output { get; }

    public static async Task<WriterPeer> StartAsync(Transport transport)
    {
        var connected = new TaskCompletionSource<PipeWriter>(TaskCreationOptions.RunContinuationsAsynchronously);
        var server = await Server.StartAsync(transport, async connection =>
        {
            connected.SetResult(connection.Transport.Output);

            // Nothing comes: this waits for the end.
            await connection.Transport.Input.ReadAsync();
        });
        var client = server.Connect();
        client.ReceiveTimeout = 0;
        return new WriterPeer(server, client, await connected.Task);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _draining.Join();
        _client.Dispose();
    }

    private void Drain()
    {
        var buffer = new byte[1 << 20];
        while (_client.Receive(buffer, SocketFlags.None, out _) > 0)
        {
        }
    }
}
