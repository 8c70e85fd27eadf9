using System.IO.Pipelines;
using System.Net.Sockets;
using PipeClient.Load.Outcome;
using Pipelines.Sockets.Unofficial;

namespace PipeClient.Load.Echoing;

/// <summary>
/// One open connection. Its loop waits for a step, echoes, reports, and waits again; it runs on the thread that gives the step
/// until it has sent, and from then on on the pool thread that brings the reply. Nothing it does throws.
/// </summary>
internal sealed class EchoConnection
{
    private const int Waiting = 0;
    private const int Echoing = 1;
    private const int Ended = 2;

    private readonly EchoContext _context;
    private readonly SocketConnection _connection;
    private readonly StepSignal _next = new();
    private Failure? _abortedFor;
    private int _state;
    private int _received;

    public EchoConnection(Socket socket, EchoContext context)
    {
        _context = context;
        // A zero-length read waits without a buffer: ten thousand waiting connections hold none.
        const SocketConnectionOptions Options =
            SocketConnectionOptions.ZeroLengthReads | SocketConnectionOptions.InlineReads | SocketConnectionOptions.InlineWrites;
        _connection = SocketConnection.Create(socket, context.Pipes, Options);
        context.Connections.Opened();
    }

    /// <summary>Whether the connection can take part in another round.</summary>
    public bool IsAlive => Volatile.Read(ref _state) == Waiting;

    /// <summary>Ends when the connection is closed.</summary>
    public Task Closed { get; private set; } = Task.CompletedTask;

    public void Start() => Closed = RunAsync();

    public void Give(NextStep step)
    {
        Volatile.Write(ref _state, step == NextStep.Echo ? Echoing : Ended);
        _next.Give(step);
    }

    /// <summary>Ends a round for a connection that is still in it; the failure is null when nobody is to blame.</summary>
    public void AbortEcho(Failure? failure)
    {
        _abortedFor = failure;
        if (Interlocked.CompareExchange(ref _state, Ended, Echoing) == Echoing)
        {
            CancelPending();
        }
    }

    public void AbortEchoAsTimedOut() => AbortEcho(Failure.EchoTimedOut(Volatile.Read(ref _received), _context.Message.Length));

    /// <summary>Stops waiting for the server's end.</summary>
    public void CancelPending()
    {
        _connection.Output.CancelPendingFlush();
        _connection.Input.CancelPendingRead();
    }

    private async Task RunAsync()
    {
        var step = await _next.WaitAsync();
        for (; step == NextStep.Echo; step = await _next.WaitAsync())
        {
            _received = 0;
            // Not awaited yet: a server that echoes as it reads stops reading when nobody takes its replies.
            var writing = WriteMessageAsync();
            Failure? failure = null;
            try
            {
                while (failure is null && _received < _context.Message.Length)
                {
                    // Awaited here and not in a method of its own, which would allocate for every echo.
                    failure = Take(await _connection.Input.ReadAsync());
                }
            }
            catch (Exception e)
            {
                failure = Failure.OfEcho(e);
            }

            if (failure is not null)
            {
                _connection.Output.CancelPendingFlush();
            }

            await writing;
            if (!TryEndRound(failure))
            {
                return;
            }
        }

        if (step == NextStep.Finish)
        {
            await FinishAsync();
        }

        Close();
    }

    private Failure? Take(in ReadResult read)
    {
        var buffer = read.Buffer;
        var mismatch = EchoCheck.FirstMismatch(buffer, _context.Message.Span, _received);
        Volatile.Write(ref _received, _received + (int)buffer.Length);
        _connection.Input.AdvanceTo(buffer.End);
        return mismatch is { } m ? Failure.WrongEcho(m)
            : _received < _context.Message.Length && (read.IsCompleted || read.IsCanceled) ? EndedEarly()
            : null;
    }

    private Failure EndedEarly() =>
        PeerEnd.WasReset(_connection.Socket)
            ? new Failure(FailureReason.Reset)
            : Failure.ClosedEarly(_received, _context.Message.Length);

    /// <summary>Completes at once, and without allocating, when pipe and socket take the whole message.</summary>
    private async ValueTask WriteMessageAsync()
    {
        try
        {
            for (var rest = _context.Message; !rest.IsEmpty;)
            {
                var piece = rest[..Math.Min(rest.Length, _context.PieceSize)];
                rest = rest[piece.Length..];
                var flushed = await _connection.Output.WriteAsync(piece);
                if (flushed.IsCompleted || flushed.IsCanceled)
                {
                    return;
                }
            }
        }
        catch (Exception)
        {
            // The socket is broken (its send loop completes this writer under our hands): the reader finds out why.
        }
    }

    private bool TryEndRound(Failure? failure)
    {
        // Before the state says that another step can be given.
        _next.Rearm();
        var aborted = Interlocked.CompareExchange(ref _state, failure is null ? Waiting : Ended, Echoing) != Echoing;
        failure = aborted ? _abortedFor : failure;
        if (!aborted && failure is null)
        {
            _context.Round.Ok();
            return true;
        }

        if (failure is not null)
        {
            _context.Failures.Add(failure);
        }

        Close();
        _context.Round.Failed();
        return false;
    }

    /// <summary>Ends our side and reads to the server's end, so that both loops below run out without an exception.</summary>
    private async Task FinishAsync()
    {
        try
        {
            _connection.Output.Complete();
            EchoMismatch? extra = null;
            bool ended;
            do
            {
                var read = await _connection.Input.ReadAsync();
                extra ??= EchoCheck.FirstMismatch(read.Buffer, _context.Message.Span, _context.Message.Length);
                ended = read.IsCompleted || read.IsCanceled;
                _connection.Input.AdvanceTo(read.Buffer.End);
            }
            while (!ended);

            if (extra is { } mismatch)
            {
                _context.Failures.Add(Failure.WrongEcho(mismatch));
            }
        }
        catch (Exception)
        {
            // Every echo has arrived; how the server ends is its own affair.
        }
    }

    private void Close()
    {
        _connection.Output.Complete();
        _connection.Input.Complete();
        _connection.Dispose();
        _context.Connections.Closed();
    }
}
