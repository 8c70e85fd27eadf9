using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Support;

namespace Randomised.Tests.Sequences;

/// <summary>Makes connections over one listener for many at once: each gets the connection that is its client's.</summary>
internal sealed class Connector : IAsyncDisposable
{
    private readonly TransportHarness _harness;
    private readonly ConcurrentDictionary<EndPoint, TaskCompletionSource<ConnectionContext>> _accepted = [];
    private readonly Task _accepting;

    public Connector(TransportHarness harness)
    {
        _harness = harness;
        _accepting = Task.Run(AcceptAsync);
    }

    public async Task<(ConnectionContext Connection, TestClient Client)> ConnectAsync(int receiveBufferSize)
    {
        var client = await TestClient.ConnectAsync(_harness.EndPoint, receiveBufferSize);
        return (await Accepted(client.Socket.LocalEndPoint!).Task.Bounded(), client);
    }

    /// <summary>A port may be another connection's soon.</summary>
    public void Forget(EndPoint client) => _accepted.TryRemove(client, out _);

    /// <summary>It is disposed of. Until then it is the harness's to end, whatever becomes of the sequence.</summary>
    public void Release(ConnectionContext connection) => _harness.Disown(connection);

    public async ValueTask DisposeAsync()
    {
        await _harness.Listener.UnbindAsync();
        await _accepting.Bounded();
    }

    private async Task AcceptAsync()
    {
        while (await _harness.Listener.AcceptAsync() is { } connection)
        {
            _harness.Own(connection);
            Accepted(connection.RemoteEndPoint!).SetResult(connection);
        }
    }

    private TaskCompletionSource<ConnectionContext> Accepted(EndPoint client)
        => _accepted.GetOrAdd(client, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
