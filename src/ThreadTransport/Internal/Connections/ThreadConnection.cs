using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using ThreadTransport.Internal.Overstay;

namespace ThreadTransport.Internal.Connections;

/// <summary>
/// The connection of one accepted socket: puts its parts together and lends them to Kestrel. Any thread may call it, and no call
/// waits.
/// </summary>
internal sealed partial class ThreadConnection : ConnectionContext, IServingOwner, ITurnOwner, IStay, ISenderOwner, IReceiverOwner, IClosingOwner
{
    private readonly TransportServices _services;
    private readonly Socket _socket;
    private readonly Action _onThreadFree;
    private readonly StaySlot _slot;
    private readonly ConnectionClosing _closing;
    private readonly TurnScheduler _turns;
    private readonly Receiver _receiver;
    private readonly Sender _sender;
    private readonly ServingLoop _loop;
    private readonly IdleClock? _idle;
    private readonly Pipe _input;
    private readonly DuplexPipe _transport;
    private int _slotHolders = 2;
    private int _refusalHolders = 2;
    private volatile bool _started;
    private int _isBeginning;
    private int _disposed;

    /// <param name="socket">The accepted socket, in blocking mode. The connection owns it from here on.</param>
    /// <param name="memoryPool">Where the pipes' blocks come from.</param>
    /// <param name="services">What all connections share.</param>
    /// <param name="onThreadFree">Called once, when the connection needs no thread any more, or has got none and is disposed.</param>
    /// <exception cref="SocketException">The peer is gone already.</exception>
    public ThreadConnection(Socket socket, MemoryPool<byte> memoryPool, TransportServices services, Action onThreadFree)
    {
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        _socket = socket;
        _services = services;
        _onThreadFree = onThreadFree;
        MemoryPool = memoryPool;
        var options = services.Options;
        _slot = services.Stays.Rent(this);
        _turns = new TurnScheduler(_slot, services.Tick, services.BorrowedByConnections, this);

        // The receive loop goes on from a pause on the pool; everything the application waits for is a turn.
        _input = new Pipe(CreatePipeOptions(
            memoryPool, readerScheduler: _turns, writerScheduler: PipeScheduler.ThreadPool, options.MaxReadBufferSize));
        var output = new Pipe(CreatePipeOptions(
            memoryPool, readerScheduler: PipeScheduler.Inline, writerScheduler: _turns, options.MaxWriteBufferSize));

        _closing = new ConnectionClosing(socket, this, _turns, this, options, services.ConnectionLog);
        _receiver = new Receiver(socket, _input.Writer, _slot, _turns, _closing, this, this, services.ConnectionLog, services);
        _sender = new Sender(
            socket, output.Reader, _slot, _closing, this, services.ConnectionLog, this, services.BorrowedByConnections, services.Tick);
        var reader = new ConnectionReader(_input.Reader, _turns, _receiver, _sender);
        var workingSet = new WorkingSet(_receiver, _sender, _turns, _input, output, reader);
        _loop = new ServingLoop(
            this, _slot, _turns, _receiver, _sender, _closing, services.Tick, workingSet, services.CollectionHold);
        _idle = services.IdleWatch is null ? null : new IdleClock(reader, _receiver, _sender);
        Transport = _transport = new DuplexPipe(reader, new ConnectionWriter(output.Writer, _sender, _turns, options.DeferSends));
        ConnectionClosed = _closing.ConnectionClosed;
        Features = CreateFeatures();
    }

    /// <summary>
    /// Has the connection served. Its thread is asked for when the application first wants something of it, which mostly is a read: asked
    /// for here it would find nothing to do, and have to be woken a second time. The tick asks for it if the application does not.
    /// </summary>
    public void Start()
    {
        _isBeginning = 1;
        _services.RightOfWay?.OnAccepted();
        if (_services.Options.SplitAtStart)
        {
            // The tick does not look at split connections.
            _receiver.Split("the options say so");
            _turns.Hire();
        }

        _started = true;
        Interlocked.MemoryBarrier();
        _services.Tick.EnsureAwake();
    }

    public override void Abort(ConnectionAbortedException abortReason) => Shutdown(abortReason);

    /// <summary>
    /// Ends both pipes, and completes when the output is sent or dropped, the socket closed and the closed token fired. Does not
    /// wait for the connection's thread, on which it usually runs.
    /// </summary>
    public override async ValueTask DisposeAsync()
    {
        // The pipes that belong to the socket, whatever a middleware has put in their place.
        _transport.Input.Complete();
        _transport.Output.Complete();
        await _closing.Completed;
        _closing.Dispose();
        await base.DisposeAsync();
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            LetGoOfRefusal();
        }
    }

    void IServingOwner.OnServingFailed(Exception exception)
    {
        _services.Log.ThreadFailed(exception);
        Shutdown(exception);
    }

    void IServingOwner.OnThreadCame() => OnBegun();

    void IServingOwner.OnThreadGone()
    {
        OnBegun();
        _turns.OnReleased();
        LetGoOfSlot();
        _onThreadFree();
    }

    void IServingOwner.OnThreadRefused(Exception reason)
    {
        OnBegun();
        _services.Metrics.RefusedNoThread();

        // First of all, so that nothing of what follows waits for a thread to borrow.
        _turns.OnRefused();
        _loop.Leave();
        Shutdown(new ConnectionAbortedException("There was no thread for the connection.", reason));
        LetGoOfSlot();

        // The permit is kept until the application has let go too: clients that come again at once would otherwise pile up.
        LetGoOfRefusal();
    }

    void ITurnOwner.OnSummonedInTurn() => _sender.LendDeferred();

    void ITurnOwner.HireThread() => _services.Threads.Run(_loop);

    bool IReceiverOwner.IsSendingOrOver => _sender.IsSendingOrOver;

    /// <summary>The tick knows of the connection from when its slot is rented, which is before all its parts are there.</summary>
    bool IStay.OnOverstay(int word, int ticks) => _started && _loop.OnOverstay(word, ticks);

    void IStay.OnIdleLook()
    {
        if (_idle?.Look(TimeProvider.System) >= _services.Options.IdleTimeout && !_closing.IsShutDown)
        {
            _services.Metrics.IdleTimeout();
            Shutdown(new ConnectionAbortedException(
                $"Nothing was received or sent for {_services.Options.IdleTimeout:c}, the time that {ThreadTransportOptions.SectionName}:"
                + $"{nameof(ThreadTransportOptions.IdleTimeout)} allows."));
        }
    }

    void ISenderOwner.OnOutputBlocked()
    {
        // The tick does not look at split connections.
        _receiver.Split("its peer does not take the output");
        _turns.Hire();
    }

    void ISenderOwner.OnOutputOver(Exception? reason) => Shutdown(reason);

    void IClosingOwner.OnSocketClosed()
    {
        if (_turns.TryForgo())
        {
            // There is nothing that a thread would be for.
            _loop.Leave();
            ((IServingOwner)this).OnThreadGone();
        }
        else
        {
            // A parked thread is free to go now.
            _turns.Summon();
        }

        LetGoOfSlot();
    }

    private void Shutdown(Exception? reason)
    {
        // It was flushed before, and would be on its way by now.
        _sender.SendDeferred();
        if (_closing.TryShutdown(reason))
        {
            _sender.EndIfIdle();

            // A receive loop that waits for the application to make room waits no longer.
            _input.Writer.CancelPendingFlush();
            _receiver.EndIfIdle();
        }
    }

    private void OnBegun()
    {
        if (Interlocked.Exchange(ref _isBeginning, 0) != 0)
        {
            _services.RightOfWay?.OnBegun();
        }
    }

    private void LetGoOfRefusal()
    {
        if (Interlocked.Decrement(ref _refusalHolders) == 0)
        {
            _onThreadFree();
        }
    }

    private void LetGoOfSlot()
    {
        if (Interlocked.Decrement(ref _slotHolders) == 0)
        {
            _services.Stays.Return(_slot);
        }
    }

    private static PipeOptions CreatePipeOptions(
        MemoryPool<byte> pool,
        PipeScheduler readerScheduler,
        PipeScheduler writerScheduler,
        long? limit)
    {
        // Null and 0 both mean that there is no limit, which a pipe calls 0.
        var pause = limit ?? 0;
        return new PipeOptions(
            pool,
            readerScheduler,
            writerScheduler,
            pauseWriterThreshold: pause,
            resumeWriterThreshold: pause / 2,
            useSynchronizationContext: false);
    }

    private sealed class DuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
