using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using PipeClient.Load;

namespace PipeClient.Tests.Servers;

/// <summary>A server on a free loopback port that treats every connection as its behaviour says.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<Socket, Task> _connections = new();
    private readonly Func<Socket, Task> _behaviour;
    private readonly Task _accepting;

    private TestServer(Func<Socket, Task> behaviour, int backlog, bool accepts)
    {
        _behaviour = behaviour;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(backlog);
        _accepting = accepts ? Task.Run(AcceptAsync) : Task.CompletedTask;
    }

    public Target Target => new("127.0.0.1", ((IPEndPoint)_listener.LocalEndPoint!).Port);

    public static TestServer Start(Func<Socket, Task> behaviour) => new(behaviour, 512, accepts: true);

    public static TestServer StartWithoutAccepting(int backlog) => new(_ => Task.CompletedTask, backlog, accepts: false);

    /// <summary>A port on which nobody listens: it is bound, so that nobody else can take it.</summary>
    public static (Socket Holder, Target Target) HoldClosedPort()
    {
        var holder = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        holder.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (holder, new Target("127.0.0.1", ((IPEndPoint)holder.LocalEndPoint!).Port));
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        foreach (var socket in _connections.Keys)
        {
            socket.Dispose();
        }

        await Task.WhenAll(_connections.Values).WaitAsync(Loads.Bound);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync();
                socket.NoDelay = true;
                _connections[socket] = ServeAsync(socket);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await _behaviour(socket);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The client, or the end of the test, was faster.
        }
        finally
        {
            socket.Dispose();
        }
    }
}
