using System.Net;
using System.Net.Sockets;
using Pipelines.Sockets.Unofficial;

namespace PipeClient.Load.Connecting;

/// <summary>Opens sockets to one address, also when the server's backlog overflows. Any thread.</summary>
internal sealed class SocketConnector(EndPoint address)
{
    private const int IpLevel = 0;
    private const int IpBindAddressNoPort = 24;

    /// <summary>
    /// On loopback a SYN is answered at once, or it was dropped because the backlog is full; the kernel repeats it after a whole
    /// second, in which a server that accepts 5,000 connections a second would sit idle for 0.9. So the connect is made again,
    /// and soon. Elsewhere nobody can tell a slow network from a full backlog, and the kernel's repetition has to do.
    /// </summary>
    private static readonly TimeSpan _loopbackPatience = TimeSpan.FromMilliseconds(50);

    /// <summary>A Unix socket says at once that its backlog is full. So long it gets to accept.</summary>
    private static readonly TimeSpan _unixPause = TimeSpan.FromMilliseconds(5);

    private readonly TimeSpan _patience =
        address is IPEndPoint ip && IPAddress.IsLoopback(ip.Address) ? _loopbackPatience : Timeout.InfiniteTimeSpan;

    private int _retries;

    public int Retries => Volatile.Read(ref _retries);

    public async Task<Socket> ConnectAsync(IPAddress? source, CancellationToken cancellationToken)
    {
        while (true)
        {
            var socket = Create(source);
            try
            {
                var connecting = socket.ConnectAsync(address, cancellationToken).AsTask();
                await connecting.WaitAsync(_patience, CancellationToken.None)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

                // When this machine is short of processors the answer may be there without anybody having had time to say so.
                if (connecting.IsCompleted || socket.Poll(TimeSpan.Zero, SelectMode.SelectWrite))
                {
                    await connecting;
                    return socket;
                }

                Abandon(socket, connecting);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock && address is UnixDomainSocketEndPoint)
            {
                socket.Dispose();
                await Task.Delay(_unixPause, cancellationToken);
            }
            catch
            {
                socket.Dispose();
                throw;
            }

            Interlocked.Increment(ref _retries);
        }
    }

    private Socket Create(IPAddress? source)
    {
        if (address is UnixDomainSocketEndPoint)
        {
            return new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        }

        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            SocketConnection.SetRecommendedClientOptions(socket);
            if (source is not null)
            {
                BindWithoutPort(socket, source);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>
    /// A bind to port 0 would take a port that no other connection of that address may have, whoever it goes to. Without one the
    /// kernel chooses when it connects, and knows the peer: only the whole quadruple has to be unique.
    /// </summary>
    private static void BindWithoutPort(Socket socket, IPAddress source)
    {
        if (OperatingSystem.IsLinux())
        {
            try
            {
                socket.SetRawSocketOption(IpLevel, IpBindAddressNoPort, [1, 0, 0, 0]);
            }
            catch (SocketException)
            {
                // Not on this kernel, or not for IPv6: fewer connections fit, that is all.
            }
        }

        try
        {
            socket.Bind(new IPEndPoint(source, 0));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            throw new NotLocalAddressException(source, e);
        }
    }

    private static void Abandon(Socket socket, Task connecting)
    {
        _ = connecting.ContinueWith(
            static task => task.Exception,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously | TaskContinuationOptions.OnlyOnFaulted,
            TaskScheduler.Default);
        socket.Dispose();
    }
}
