using System.Net;
using System.Net.Sockets;
using Faults.Attacks;
using Faults.Serving;

namespace Faults.Soak;

/// <summary>What the peers of a soak have done so far. Any thread.</summary>
internal sealed class SoakCounts
{
    private int _open;
    private long _opened;
    private long _messages;
    private int _failures;
    private string? _firstFailure;

    public int Open => Volatile.Read(ref _open);

    public long Opened => Volatile.Read(ref _opened);

    public long Messages => Volatile.Read(ref _messages);

    /// <summary>Of peers that had done nothing wrong.</summary>
    public int Failures => Volatile.Read(ref _failures);

    public string? FirstFailure => Volatile.Read(ref _firstFailure);

    public void OnOpened()
    {
        Interlocked.Increment(ref _open);
        Interlocked.Increment(ref _opened);
    }

    public void OnClosed() => Interlocked.Decrement(ref _open);

    public void OnMessage() => Interlocked.Increment(ref _messages);

    public void OnFailure(string what)
    {
        Interlocked.Increment(ref _failures);
        Interlocked.CompareExchange(ref _firstFailure, what, null);
    }
}

/// <summary>
/// One place among the peers of a soak: opens a connection, lives as its kind does, ends it, and begins again, to the end.
/// </summary>
internal sealed class SoakPeer(IPEndPoint server, int number, SoakCounts counts, CancellationToken stop)
{
    /// <summary>What the server allows, on threads; longer than any of these peers waits between two messages.</summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(2);

    private const int MaxMessage = 4096;

    /// <summary>What an echo may take before it counts as failed.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    /// <summary>How long connections last on the average, of those that are there to stay.</summary>
    private static readonly TimeSpan _life = TimeSpan.FromSeconds(60);

    private readonly Random _random = new(number);

    public async Task RunAsync()
    {
        // Not all at once.
        var going = await PauseAsync(0, 20);
        while (going)
        {
            try
            {
                using var socket = await Peers.OpenAsync(server, stop);
                counts.OnOpened();
                try
                {
                    await LiveAsync(socket);
                }
                finally
                {
                    counts.OnClosed();
                }
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is SocketException or FaultsException or OperationCanceledException)
            {
                counts.OnFailure(exception.Message);
            }

            going = await PauseAsync(0.5, 2);
        }
    }

    private Task LiveAsync(Socket socket) => (number % 20) switch
    {
        < 8 => EchoAsync(socket, Handlers.Echo),
        < 11 => EchoAsync(socket, Handlers.Work),
        < 14 => EchoAsync(socket, Handlers.Synchronous),
        14 => WaitForEndAsync(socket, Handlers.Throw),
        15 => WaitForEndAsync(socket, _random.Next(2) == 0 ? Handlers.ThrowLater : Handlers.Leave),
        16 => NeverReadAsync(socket),
        17 => SlowAsync(socket),
        18 => SilentAsync(socket),
        _ => HalfCloseAsync(socket),
    };

    private async Task EchoAsync(Socket socket, byte kind)
    {
        await socket.SendAsync(new[] { kind }, SocketFlags.None, stop);
        var until = DateTime.UtcNow + (_life * -Math.Log(1 - _random.NextDouble()));
        do
        {
            await MessageAsync(socket, _random.Next(1, MaxMessage));
        }
        while (await PauseAsync(1, 10) && DateTime.UtcNow < until);
        if (_random.Next(5) == 0)
        {
            Peers.Reset(socket);
            return;
        }

        socket.Shutdown(SocketShutdown.Send);
        await ExpectEndAsync(socket);
    }

    private async Task MessageAsync(Socket socket, int size)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(stop);
        bound.CancelAfter(_patience);
        var message = new byte[size];
        var reply = new byte[size];
        _random.NextBytes(message);
        await socket.SendAsync(message, SocketFlags.None, bound.Token);
        for (var received = 0; received < size;)
        {
            var n = await socket.ReceiveAsync(reply.AsMemory(received), SocketFlags.None, bound.Token);
            received += n > 0 ? n : throw new FaultsException("the server ended a connection in the middle of an echo");
        }

        if (!message.AsSpan().SequenceEqual(reply))
        {
            throw new FaultsException("an echo was wrong");
        }

        counts.OnMessage();
    }

    /// <summary>For handlers that end at once, one way or the other.</summary>
    private async Task WaitForEndAsync(Socket socket, byte kind)
    {
        await socket.SendAsync(new[] { kind }, SocketFlags.None, stop);
        await ExpectEndAsync(socket);
        await PauseAsync(1, 5);
    }

    private async Task NeverReadAsync(Socket socket)
    {
        await socket.SendAsync(new[] { Handlers.Send }, SocketFlags.None, stop);
        await PauseAsync(10, 50);
        Peers.Reset(socket);
    }

    private async Task SlowAsync(Socket socket)
    {
        await socket.SendAsync(new[] { Handlers.Echo }, SocketFlags.None, stop);
        for (var i = 0; i < 10; i++)
        {
            await MessageAsync(socket, 1);
            await PauseAsync(10, 30);
        }
    }

    /// <summary>On threads this ends when the server has lost its patience, on sockets when this peer has.</summary>
    private async Task SilentAsync(Socket socket)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        end.CancelAfter(IdleTimeout * 1.25);
        try
        {
            await socket.ReceiveAsync(new byte[1], SocketFlags.None, end.Token);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Its patience.
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // Ours.
        }
    }

    private async Task HalfCloseAsync(Socket socket)
    {
        await socket.SendAsync(new[] { Handlers.Echo, (byte)'x' }, SocketFlags.None, stop);
        await PauseAsync(1, 10);
        socket.Shutdown(SocketShutdown.Send);
        await ExpectEndAsync(socket);
        await PauseAsync(1, 5);
    }

    private async Task ExpectEndAsync(Socket socket)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(stop);
        bound.CancelAfter(_patience);
        var buffer = new byte[MaxMessage];
        try
        {
            while (await socket.ReceiveAsync(buffer, SocketFlags.None, bound.Token) > 0)
            {
            }
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            // An end, too.
        }
    }

    private Task<bool> PauseAsync(double from, double to) =>
        Peers.PauseAsync(TimeSpan.FromSeconds(from + (_random.NextDouble() * (to - from))), stop);
}
