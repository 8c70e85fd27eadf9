using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Microbenchmarks.Peers;

/// <summary>One connection to an echo server, with a blocking client's end in hand.</summary>
internal sealed class EchoPeer : IAsyncDisposable
{
    private readonly Server _server;
    private readonly Socket _client;
    private readonly byte[] _sent;
    private readonly byte[] _received;

    private EchoPeer(Server server, int size)
    {
        _server = server;
        _client = server.Connect();
        _sent = new byte[size];
        _received = new byte[size];
        Random.Shared.NextBytes(_sent);
    }

    /// <summary>Connects, and sees to it that what comes back is right before anybody measures it.</summary>
    public static async Task<EchoPeer> StartAsync(Transport transport, int size, ConnectionDelegate? application = null)
    {
        var peer = new EchoPeer(await Server.StartAsync(transport, application ?? Applications.EchoAsync), size);
        for (var i = 0; i < 100; i++)
        {
            peer.RoundTrip();
            if (!peer._received.AsSpan().SequenceEqual(peer._sent))
            {
                throw new InvalidOperationException($"The server on {transport} echoes something else than it was sent.");
            }

            Array.Clear(peer._received);
        }

        return peer;
    }

    public void RoundTrip()
    {
        _client.Send(_sent);
        for (var received = 0; received < _received.Length;)
        {
            var count = _client.Receive(_received, received, _received.Length - received, SocketFlags.None);
            received += count > 0 ? count : throw new InvalidOperationException("The server has ended the connection.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }
}
