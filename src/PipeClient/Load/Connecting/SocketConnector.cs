using System.Net;
using System.Net.Sockets;
using Pipelines.Sockets.Unofficial;

namespace PipeClient.Load.Connecting;

/// <summary>Opens sockets to one address, also when the server's backlog overflows. Any thread.</summary>
internal sealed class SocketConnector(IPEndPoint address)
{
    /// <summary>
    /// On loopback a SYN is answered at once, or it was dropped because the backlog is full; the kernel repeats it after a whole
    /// second, in which a server that accepts 5,000 connections a second would sit idle for 0.9. So the connect is made again,
    /// and soon. Elsewhere nobody can tell a slow network from a full backlog, and the kernel's repetition has to do.
    /// </summary>
    private static readonly TimeSpan _loopbackPatience = TimeSpan.FromMilliseconds(50);

    private readonly TimeSpan _patience = IPAddress.IsLoopback(address.Address) ? _loopbackPatience : Timeout.InfiniteTimeSpan;
    private int _retries;

    public IPEndPoint Address => address;

    public int Retries => Volatile.Read(ref _retries);

    public async Task<Socket> ConnectAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                SocketConnection.SetRecommendedClientOptions(socket);
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
                Interlocked.Increment(ref _retries);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
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
