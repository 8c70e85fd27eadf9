using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Randomised.Tests.Actors;
using Support;
using ThreadTransport;

namespace Randomised.Tests.Sequences;

/// <summary>One connection, and one sequence run on it from its beginning to the check of everything that it left.</summary>
internal sealed class SequenceRun : IAsyncDisposable
{
    /// <summary>Small, so that little fills the way to a peer that does not read.</summary>
    private const int PeerBufferSize = 16 * 1024;

    private readonly Sequence _sequence;
    private readonly ConnectionContext _connection;
    private readonly string _id;
    private readonly Connector _connector;
    private readonly EventLog _log;
    private readonly Form _form;
    private readonly History _history = new();
    private readonly Peer _peer;
    private readonly Input _input;
    private readonly Output _output;
    private int _aborts;
    private int _closed;
    private bool _isOver;
    private Task _disposed = Task.CompletedTask;

    private SequenceRun(
        Sequence sequence,
        ConnectionContext connection,
        TestClient client,
        Connector connector,
        EventLog log,
        Form form)
    {
        _sequence = sequence;
        _connection = connection;

        // Kestrel's transport gives it when it is first asked for, and is not to be asked by two threads at once.
        _id = connection.ConnectionId;
        _connector = connector;
        _log = log;
        _form = form;
        _peer = new Peer(client, _history);
        _input = new Input(connection.Transport.Input, _peer, _history, form);
        _output = new Output(connection.Transport.Output, _history);
    }

    /// <exception cref="InvalidOperationException">Something that the contract promises did not hold.</exception>
    public static async Task RunAsync(Sequence sequence, Connector connector, EventLog log, Form form)
    {
        var (connection, client) = await connector.ConnectAsync(PeerBufferSize);
        var endPoint = client.Socket.LocalEndPoint!;
        try
        {
            await new SequenceRun(sequence, connection, client, connector, log, form).UseAsync(run => run.RunAsync());
        }
        finally
        {
            connector.Forget(endPoint);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_isOver)
            {
                await GiveUpAsync().Bounded();
            }

            _connector.Release(_connection);
        }
        finally
        {
            _input.Dispose();
            _peer.Dispose();
        }
    }

    private async Task RunAsync()
    {
        using var registration = _connection.ConnectionClosed.Register(OnClosed);
        Actor[] actors =
        [
            new("handler", _sequence.Handler, _history, TakeAsync),
            new("writer", _sequence.Writer, _history, TakeAsync),
            new("control", _sequence.Control, _history, TakeAsync),
            new("peer", _sequence.Peer, _history, TakeAsync),
        ];
        try
        {
            var running = actors.Select(actor => actor.RunAsync(LastAsync)).ToArray();
            await ConductAsync(actors);
            await EndAsync(Task.WhenAll(running)).Bounded();
        }
        catch (TimeoutException exception)
        {
            _history.Fail($"{exception.Message} Actors: {string.Join("; ", actors.Select(actor => actor.ToString()))}");
        }

        if (_history.Failure is null)
        {
            Verdict.Check(_history, _log.OfConnection(_id), _input, _output, _peer, _form);
        }

        if (_history.Failure is { } failure)
        {
            throw new InvalidOperationException($"{failure}{Environment.NewLine}{_history}{Logged()}");
        }

        foreach (var actor in actors)
        {
            actor.Dispose();
        }
    }

    /// <summary>On a thread of its own, for it waits.</summary>
    private async Task ConductAsync(Actor[] actors)
    {
        var conductor = ActorThread.Rent();
        await conductor.Enter();
        try
        {
            foreach (var next in _sequence.Order)
            {
                actors[next].Go();
                CheckNow();
            }
        }
        finally
        {
            foreach (var actor in actors)
            {
                actor.Free();
            }

            conductor.Return();
        }

        await Task.Yield();
    }

    private async Task EndAsync(Task running)
    {
        switch (_sequence.Finale)
        {
            case Finale.Orderly:
                _peer.Fin();
                _ = _peer.TakeAllAsync();
                break;
            case Finale.Abort:
                Abort();
                break;
            case Finale.AbortNull:
                AbortNull();
                break;
            case Finale.Reset:
                _peer.Reset();
                break;
            case Finale.Close:
                _peer.Close();
                break;
            default:
                _ = _peer.TakeAllAsync();
                BeginDispose();
                break;
        }

        await running;
        if (_history.Has(CauseKind.Abort, CauseKind.AbortNull) || _input.SawEnd || _input.Error is not null)
        {
            // It needs no disposal for that.
            await _connection.ConnectionClosed.CancelledAsync();
        }

        if (!_history.Has(CauseKind.Abort, CauseKind.AbortNull))
        {
            _ = _peer.TakeAllAsync();
        }

        BeginDispose();
        await _disposed;
        _history.Require(Volatile.Read(ref _closed) == 1, $"The token's callback ran {_closed} times before the connection was disposed.");
        await _peer.TakeAllAsync();
        _isOver = true;
    }

    /// <summary>
    /// Ends what a sequence that has failed has left open: it would count against those that follow. On the pool, for nothing is certain to
    /// return here.
    /// </summary>
    private Task GiveUpAsync() => Task.Run(() =>
    {
        _connection.Abort(new ConnectionAbortedException("The sequence has failed."));
        BeginDispose();
        return _disposed;
    });

    private async ValueTask LastAsync(Actor actor)
    {
        if (actor.Name == "handler")
        {
            await _input.ReadToEndAsync(actor);
        }
    }

    private async ValueTask TakeAsync(Actor actor, Step step)
    {
        switch (step.Kind)
        {
            case StepKind.Read or StepKind.ReadBlocking or StepKind.ReadLater or StepKind.ReadWithToken or StepKind.ReadAtLeast:
                await _input.ReadAsync(actor, step);
                break;
            case StepKind.TryRead:
                _input.TryRead(step);
                break;
            case StepKind.CompleteInput:
                _input.Complete();
                break;
            case StepKind.Write or StepKind.WriteBlocking:
                await _output.WriteAsync(actor, step);
                break;
            case StepKind.WriteWithoutFlush:
                _output.WriteWithoutFlush(step);
                break;
            case StepKind.CompleteOutput:
                _output.Complete(null);
                break;
            case StepKind.CompleteOutputWithError:
                _output.Complete(new InvalidDataException("of the application"));
                break;
            case StepKind.CancelRead:
                _input.CancelRead();
                break;
            case StepKind.CancelFlush:
                _output.CancelFlush();
                break;
            case StepKind.CancelToken:
                _input.CancelToken();
                break;
            case StepKind.Abort:
                Abort();
                break;
            case StepKind.AbortByFeature:
                AbortByFeature();
                break;
            case StepKind.AbortNull:
                AbortNull();
                break;
            case StepKind.Dispose:
                BeginDispose();
                break;
            case StepKind.Hop:
                await Task.Yield();
                break;
            case StepKind.Return:
                await ReturnAsync();
                break;
            case StepKind.Sleep:
                await actor.LeavePoolAsync();
                Thread.Sleep(step.Amount);
                break;
            case StepKind.Send:
                _peer.Send(step.Amount);
                break;
            case StepKind.Take:
                _peer.Take(step.Amount);
                break;
            case StepKind.TakeAll:
                _ = _peer.TakeAllAsync();
                break;
            case StepKind.Fin:
                _peer.Fin();
                break;
            case StepKind.Reset:
                _peer.Reset();
                break;
            default:
                _peer.Close();
                break;
        }

        CheckNow();
    }

    private void Abort()
    {
        var reason = new ConnectionAbortedException($"abort {Interlocked.Increment(ref _aborts)}");
        var cause = _history.Begin(CauseKind.Abort, reason);
        _connection.Abort(reason);
        cause.End = _history.Tick();
    }

    private void AbortByFeature()
    {
        var cause = _history.Begin(CauseKind.Abort);
        _connection.Features.Get<IConnectionLifetimeFeature>()!.Abort();
        cause.End = _history.Tick();
    }

    private void AbortNull()
    {
        var cause = _history.Begin(CauseKind.AbortNull);
        _connection.Abort(null!);
        cause.End = _history.Tick();
    }

    private void BeginDispose()
    {
        _input.OnDisposing();
        _history.Begin(CauseKind.OutputComplete);
        var disposed = _output.Dispose(_connection);
        lock (_history)
        {
            _disposed = Task.WhenAll(_disposed, disposed);
        }
    }

    private async ValueTask ReturnAsync()
    {
        if (_connection.Features.Get<IConnectionThreadFeature>() is { } feature)
        {
            await feature.ReturnAsync();
            _history.Require(feature.IsCurrent, "Not back on a thread of the connection.");
            _form.CheckThread(_history, "the way back");
        }
    }

    private void OnClosed()
    {
        _history.Note("token", default, "fires");
        _history.Require(Interlocked.Increment(ref _closed) == 1, "The token's callback ran twice.");
        _history.Require(_history.Causes.Count > 0, "The token fired for no cause.");
    }

    /// <summary>What must hold at any moment.</summary>
    private void CheckNow()
    {
        var ends = _log.TransportEvents(_id).Count(id => id is TransportEvent.WriteFin or TransportEvent.WriteRst);
        _history.Require(ends <= 1, $"The connection has ended {ends} times.");
        _history.Require(ends == 0 || _history.Causes.Count > 0, "The connection has ended for no cause.");
    }

    private string Logged() => string.Join(Environment.NewLine, _log.OfConnection(_id));
}
