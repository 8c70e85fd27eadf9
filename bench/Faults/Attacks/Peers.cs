using System.Net;
using System.Net.Sockets;

namespace Faults.Attacks;

/// <summary>Opens the attackers' connections.</summary>
internal static class Peers
{
    /// <summary>How many connects are under way at once: no more than the server's backlog holds.</summary>
    private const int AtOnce = 200;

    /// <summary>
    /// One source address has 28,000 ports, and each is taken for a minute after a connection that its client has closed. The whole
    /// of 127.0.0.0/8 is this machine, on Linux.
    /// </summary>
    private const int Sources = 32;

    private static int _last;

    /// <summary>A socket that is not connected yet, from the next source address.</summary>
    public static Socket Create(IPEndPoint server, int? receiveBufferSize = null)
    {
        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBufferSize is { } size)
        {
            socket.ReceiveBufferSize = size;
        }

        if (OperatingSystem.IsLinux() && server.Address.Equals(IPAddress.Loopback))
        {
            var source = (byte)(2 + ((uint)Interlocked.Increment(ref _last) % Sources));
            socket.Bind(new IPEndPoint(new IPAddress([127, 0, 0, source]), 0));
        }

        return socket;
    }

    public static async Task<Socket> OpenAsync(IPEndPoint server, CancellationToken stop, int? receiveBufferSize = null)
    {
        var socket = Create(server, receiveBufferSize);
        try
        {
            await socket.ConnectAsync(server, stop);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Opens so many, and has each be served: it gets a byte echoed.</summary>
    public static async Task<Socket[]> OpenServedAsync(IPEndPoint server, int count, CancellationToken stop, int? receiveBufferSize = null)
    {
        var sockets = new Socket[count];
        await ForEachAsync(
            count,
            async (i, stop) =>
            {
                sockets[i] = await OpenAsync(server, stop, receiveBufferSize);
                await EchoByteAsync(sockets[i], stop);
            },
            stop);
        return sockets;
    }

    /// <summary>Opens so many connections one way or another, not all at once.</summary>
    public static Task ForEachAsync(int count, Func<int, CancellationToken, ValueTask> openAsync, CancellationToken stop) =>
        Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop }, openAsync);

    public static async Task EchoByteAsync(Socket socket, CancellationToken stop)
    {
        var buffer = new byte[1];
        await socket.SendAsync(buffer, SocketFlags.None, stop);
        if (await socket.ReceiveAsync(buffer, SocketFlags.None, stop) == 0)
        {
            throw new FaultsException("the server ended a connection that had done nothing wrong");
        }
    }

    /// <summary>Ends a connection with a RST.</summary>
    public static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Dispose();
    }

    public static void ResetAll(IEnumerable<Socket> sockets)
    {
        foreach (var socket in sockets)
        {
            Reset(socket);
        }
    }

    /// <summary>Waits, unless it is to stop.</summary>
    /// <returns>Whether to go on.</returns>
    public static async Task<bool> PauseAsync(TimeSpan time, CancellationToken stop)
    {
        try
        {
            await Task.Delay(time, stop);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
