using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace ThreadTransport.Tests.Contract;

/// <summary>Ports with a number that is known before anybody listens on them, which other processes may want as well.</summary>
internal static class Ports
{
    private const int Tries = 20;

    /// <summary>How long another test may keep a well-known port, before it counts as taken by somebody else.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(15);

    /// <summary>Runs the test with a free port; again with another one if that is taken meanwhile.</summary>
    public static async Task WithFreeAsync(Func<int, Task> test)
    {
        for (var i = 1; ; i++)
        {
            var port = FindFree();
            try
            {
                await test(port);
                return;
            }
            catch (IOException) when (i < Tries && !IsFree(port))
            {
                // Somebody was faster.
            }
        }
    }

    /// <summary>Runs the test when the port is free on every loopback address; skips it where it stays taken.</summary>
    public static async Task WithWellKnownAsync(int port, Func<Task> test)
    {
        var deadline = DateTime.UtcNow + _patience;
        while (true)
        {
            if (IsFree(port))
            {
                try
                {
                    await test();
                    return;
                }
                catch (IOException exception) when (exception.InnerException is AddressInUseException && DateTime.UtcNow < deadline)
                {
                    // As above.
                }
            }

            Assert.SkipUnless(DateTime.UtcNow < deadline, $"Port {port} is taken, or not for this user.");
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }

    /// <summary>Below the ports that the system gives to outgoing connections.</summary>
    private static int FindFree()
    {
        for (var i = 0; i < 1000; i++)
        {
            var port = Random.Shared.Next(20_000, 32_000);
            if (IsFree(port))
            {
                return port;
            }
        }

        throw new InvalidOperationException("There is no free port.");
    }

    private static bool IsFree(int port) =>
        CanListen(IPAddress.Any, port) && (!Socket.OSSupportsIPv6 || CanListen(IPAddress.IPv6Loopback, port));

    private static bool CanListen(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
