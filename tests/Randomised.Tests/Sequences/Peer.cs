using System.Net.Sockets;
using Support;

namespace Randomised.Tests.Sequences;

/// <summary>How the peer has seen the connection end.</summary>
internal enum PeerEnd
{
    None,
    Fin,
    Reset,

    /// <summary>By the peer itself, or in a way from which it can't tell.</summary>
    Unknown,
}

/// <summary>
/// The other end. It sends a pattern and checks the one that it receives. No call waits; what it sends leaves in order, and is
/// followed by the FIN.
/// </summary>
internal sealed class Peer(TestClient client, History history) : IDisposable
{
    private const int ChunkSize = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _receiving = new(1);
    private Task _sending = Task.CompletedTask;
    private Task? _taking;
    private long _sent;
    private long _received;
    private volatile bool _left;
    private volatile bool _finished;
    private volatile bool _sendFailed;
    private volatile bool _sawFin;
    private volatile bool _sawReset;
    private volatile bool _sawOther;

    /// <summary>As many bytes as can have arrived at most. Known to be exact once the FIN has been sent.</summary>
    public long Sent => Volatile.Read(ref _sent);

    public long Received => Volatile.Read(ref _received);

    /// <summary>Once all that was to be sent and received has been, or failed: the kernel tells only one of them of a reset.</summary>
    public PeerEnd End
        => _left ? PeerEnd.Unknown : _sawReset ? PeerEnd.Reset : _sawOther ? PeerEnd.Unknown : _sawFin ? PeerEnd.Fin : PeerEnd.None;

    /// <summary>Whether all that was to be sent was taken by the kernel.</summary>
    public bool HasSentAll => _sending.IsCompleted && !_sendFailed;

    public void Send(int count) => Then(async () =>
    {
        var data = Pattern.At(_sent, count);
        while (data.Length > 0)
        {
            // Before the call: the other side may have them before it returns.
            Interlocked.Add(ref _sent, data.Length);
            var sent = await client.Socket.SendAsync(data);
            Interlocked.Add(ref _sent, sent - data.Length);
            data = data[sent..];
        }
    });

    public void Fin() => Then(() =>
    {
        history.Begin(CauseKind.PeerFin);
        _finished = true;
        client.ShutdownSend();
        return Task.CompletedTask;
    });

    public void Reset()
    {
        if (Interlocked.Exchange(ref _left, true))
        {
            return;
        }

        history.Begin(CauseKind.PeerReset);
        client.Reset();
    }

    public void Close()
    {
        if (Interlocked.Exchange(ref _left, true))
        {
            return;
        }

        history.Begin(CauseKind.PeerClose);
        client.Dispose();
    }

    /// <summary>Receives what is there, up to so many bytes.</summary>
    public void Take(int count)
    {
        if (!_receiving.Wait(0))
        {
            return;
        }

        try
        {
            var buffer = new byte[Math.Min(count, client.Socket.Available)];
            if (buffer.Length > 0)
            {
                Check(buffer.AsSpan(0, client.Socket.Receive(buffer)));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            NoteEnd(exception);
        }
        finally
        {
            _receiving.Release();
        }
    }

    /// <summary>Receives all there is and will be, to the end; the task is that.</summary>
    public Task TakeAllAsync()
    {
        lock (_gate)
        {
            return _taking ??= Task.Run(ReceiveToEndAsync);
        }
    }

    public void Dispose()
    {
        client.Dispose();
        _receiving.Dispose();
    }

    private async Task ReceiveToEndAsync()
    {
        await _receiving.WaitAsync();
        var buffer = new byte[ChunkSize];
        try
        {
            while (await client.Socket.ReceiveAsync(buffer) is var n and > 0)
            {
                Check(buffer.AsSpan(0, n));
            }

            _sawFin = true;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            NoteEnd(exception);
        }
        finally
        {
            _receiving.Release();
        }

        await _sending;
    }

    private void Then(Func<Task> action)
    {
        lock (_gate)
        {
            _sending = AfterAsync(_sending, action);
        }
    }

    private async Task AfterAsync(Task before, Func<Task> action)
    {
        await before;
        if (_sendFailed || _left || _finished)
        {
            return;
        }

        try
        {
            await action();
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            _sendFailed = true;
            NoteEnd(exception);
        }
    }

    private void NoteEnd(Exception exception)
    {
        if (exception is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            _sawReset = true;
        }
        else
        {
            _sawOther = true;
        }
    }

    private void Check(ReadOnlySpan<byte> bytes)
    {
        try
        {
            Pattern.Check(bytes, _received);
        }
        catch (InvalidDataException exception)
        {
            history.Fail($"The peer: {exception.Message}");
        }

        Interlocked.Add(ref _received, bytes.Length);
    }
}
