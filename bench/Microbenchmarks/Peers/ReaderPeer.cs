using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Microbenchmarks.Peers;

/// <summary>
/// One connection whose application reads messages of a fixed size, one with each read, and tells the client's thread how many it
/// has had.
/// </summary>
internal sealed class ReaderPeer : IAsyncDisposable
{
    public const int MessageSize = 64;

    private readonly Server _server;
    private readonly Socket _client;
    private readonly Counter _counter;
    private readonly byte[] _message;
    private long _sent;

    private ReaderPeer(Server server, Counter counter, int messagesAtOnce)
    {
        _server = server;
        _client = server.Connect();
        _counter = counter;
        _message = new byte[MessageSize * messagesAtOnce];
    }

    /// <param name="transport">What the connection is on.</param>
    /// <param name="messagesAtOnce">So many messages come with one segment: all but the first are waiting when they are read.</param>
    public static async Task<ReaderPeer> StartAsync(Transport transport, int messagesAtOnce)
    {
        var counter = new Counter();
        var server = await Server.StartAsync(transport, connection => ReadAsync(connection, counter));
        var peer = new ReaderPeer(server, counter, messagesAtOnce);
        peer.Exchange();
        return peer;
    }

    /// <summary>Sends, and returns when everything is read. Spins meanwhile: a wait of its own would be measured too.</summary>
    public void Exchange()
    {
        _client.Send(_message);
        _sent += _message.Length / MessageSize;
        while (Volatile.Read(ref _counter.Read) < _sent)
        {
            Thread.SpinWait(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    private static async Task ReadAsync(ConnectionContext connection, Counter counter)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync();
            if (read.Buffer.Length >= MessageSize)
            {
                input.AdvanceTo(read.Buffer.GetPosition(MessageSize));
                Volatile.Write(ref counter.Read, counter.Read + 1);
            }
            else if (read.IsCompleted)
            {
                return;
            }
            else
            {
                input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
    }

    private sealed class Counter
    {
        public long Read;
    }
}
