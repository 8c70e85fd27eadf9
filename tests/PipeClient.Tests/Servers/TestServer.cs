using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using PipeClient.Load;

namespace PipeClient.Tests.Servers;

/// <summary>A server on a free loopback port that treats every connection as its behaviour says.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly ConcurrentDictionary<Socket, Task> _connections = new();
    private readonly Func<Socket, Task> _behaviour;
    private readonly Task _accepting;

    private TestServer(EndPoint address, Func<Socket, Task> behaviour, int backlog, bool accepts)
    {
        _behaviour = behaviour;
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(address);
        _listener.Listen(backlog);
        Target = _listener.LocalEndPoint is IPEndPoint ip
            ? new Target(ip.Address.ToString(), ip.Port)
            : new Target(address.ToString()!, 0) { IsUnix = true };
        _accepting = accepts ? Task.Run(AcceptAsync) : Task.CompletedTask;
    }

    public Target Target { get; }

    public static TestServer Start(Func<Socket, Task> behaviour) =>
        new(new IPEndPoint(IPAddress.Loopback, 0), behaviour, 512, accepts: true);

    public static TestServer StartOnUnixSocket(string path, Func<Socket, Task> behaviour) =>
        new(new UnixDomainSocketEndPoint(path), behaviour, 512, accepts: true);

    public static TestServer StartWithoutAccepting(int backlog) =>
        new(new IPEndPoint(IPAddress.Loopback, 0), _ => Task.CompletedTask, backlog, accepts: false);

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
                if (socket.AddressFamily != AddressFamily.Unix)
                {
                    socket.NoDelay = true;
                }

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
