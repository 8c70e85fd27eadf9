using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport;

/// <summary>
/// Settings of the thread transport. They are read from the configuration section <c>ThreadTransport</c>, then changed by the
/// delegate given to <c>UseThreadTransport</c>, and validated, all once, when the server is made: in <c>builder.Build()</c> of a
/// <c>WebApplication</c>, in the start of a generic host. Later changes have no effect.
/// </summary>
public sealed class ThreadTransportOptions
{
    /// <summary>The name of the configuration section that these settings are read from.</summary>
    public const string SectionName = "ThreadTransport";

    /// <summary>The smallest <see cref="StackSize"/> that is accepted: 64 KB.</summary>
    public const int MinStackSize = 64 * 1024;

    /// <summary>The largest <see cref="StackSize"/> that is accepted: 1 GB.</summary>
    public const int MaxStackSize = 1024 * 1024 * 1024;

    /// <summary>
    /// Whether endpoints run on threads at all. Default: <see langword="true"/>. If not, every endpoint is left to Kestrel's own
    /// transport, and <see cref="UseConnectionThread"/> does nothing.
    /// </summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// Whether every HTTP request is moved to a dedicated thread before any middleware runs, as by <c>app.UseConnectionThread()</c>,
    /// and brought back there wherever one middleware of the host's pipeline hands over to the next. Default:
    /// <see langword="false"/>. Applications that allow synchronous I/O usually want it: plain HTTP/1.1 is on its connection's thread
    /// anyway, but TLS, HTTP/2, routing (whose first requests wait for it together) and other middleware may hop to the pool before
    /// a handler blocks.
    /// </summary>
    public bool UseConnectionThread { get; set; }

    /// <summary>
    /// The stack that is reserved for each connection thread, in bytes. In configuration also as text: <c>"256KB"</c>,
    /// <c>"1.5MB"</c>. Default: 1.5 MB, as the runtime's thread pool has. Range: 64 KB to 1 GB.
    /// </summary>
    /// <remarks>
    /// Reserved is not resident: a connection that waits uses a few kilobytes whatever its thread reserves. Below about 192 KB
    /// the runtime itself moves continuations off the thread, because it wants more stack than is left before it runs them
    /// in place; a smaller value is accepted with a warning.
    /// </remarks>
    public int StackSize { get; set; } = 1536 * 1024;

    /// <summary>
    /// How many connections this transport holds at once, over all its listeners. Default: <see langword="null"/>, as many as
    /// the process has room for threads. Range: 1 and up. A value above what the process has room for is lowered to that,
    /// with a warning.
    /// </summary>
    public int? MaxConnections { get; set; }

    /// <summary>What happens to a new client when there is no room for another. Default: <see cref="WhenFull.Wait"/>.</summary>
    public WhenFull WhenFull { get; set; } = WhenFull.Wait;

    /// <summary>The length of the queue of connections that wait to be accepted. Default: 4,096. Range: 1 and up.</summary>
    /// <remarks>
    /// The kernel caps it (Linux: <c>net.core.somaxconn</c>, 4,096 by default). Kestrel's Sockets transport has 512, which overflows when
    /// thousands of clients come at once: those that find no place try again after a whole second.
    /// </remarks>
    public int Backlog { get; set; } = 4096;

    /// <summary>
    /// Whether small TCP segments are sent at once, without Nagle's algorithm. Default: <see langword="true"/>. Unix domain
    /// sockets have no such setting.
    /// </summary>
    public bool NoDelay { get; set; } = true;

    /// <summary>
    /// How many received bytes may wait for the application, per connection. Receiving pauses there, and goes on when half
    /// are examined. Default: 1 MiB. Range: 0 and up; <see langword="null"/> or 0 means no limit, and lets a fast
    /// client fill the memory.
    /// </summary>
    public long? MaxReadBufferSize { get; set; } = 1024 * 1024;

    /// <summary>
    /// How many bytes may wait to be sent, per connection, before a flush becomes pending. It completes when half are sent.
    /// Default: 64 KiB. Range: 0 and up; <see langword="null"/> or 0 means no limit, and lets a slow client fill the
    /// memory.
    /// </summary>
    public long? MaxWriteBufferSize { get; set; } = 64 * 1024;

    /// <summary>
    /// How many threads stay parked for reuse when their connections have ended. Default: <see langword="null"/>, all of them,
    /// each for <see cref="CachedThreadIdleTimeout"/>. Range: 0 and up; 0 ends every thread with its connection.
    /// </summary>
    public int? MaxCachedThreads { get; set; }

    /// <summary>
    /// How long a parked thread waits for a connection before it ends. In configuration seconds (<c>30</c>), a number with a
    /// unit (<c>"500ms"</c>, <c>"30s"</c>, <c>"2m"</c>, <c>"1h"</c>) or hours, minutes and seconds (<c>"00:00:30"</c>). Default:
    /// 30 seconds. Range: 0 to 1 day, or <see cref="Timeout.InfiniteTimeSpan"/> (in configuration <c>"infinite"</c>).
    /// </summary>
    public TimeSpan CachedThreadIdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How many threads there are at least, waiting ones and those at work: created when the server starts, and kept however long they
    /// wait, so that ten thousand clients who come at once find them. Default: 0, threads are created when connections come. Range: 0
    /// to <see cref="MaxCachedThreads"/>. No more are created than the process has room for.
    /// </summary>
    public int MinThreads { get; set; }

    /// <summary>
    /// Whether a connection's thread lets the other threads that wait for its core run before it waits for more input. Default:
    /// <see langword="true"/>. With many busy connections the next message often is there when the thread comes back, so it need not
    /// sleep and nobody has to wake it. Before a thread sleeps until its connection, or the next one, wants it, it yields up to four times.
    /// </summary>
    /// <remarks>
    /// On Linux only; elsewhere it has no effect. Where threads have no <see cref="TimeSlice"/> of their own, which before Linux 6.12
    /// they do not, they yield before a receive while the next message mostly is there afterwards, and otherwise before one of 64, to find out
    /// whether it has changed: there a yield can cost a thread much of its turn beside other programs.
    /// </remarks>
    public bool YieldBeforeReceive { get; set; } = true;

    /// <summary>
    /// How long connections' threads ask the scheduler to let them run at a time, each before its connection's third receive, while
    /// <see cref="YieldBeforeReceive"/> is on. Their share of the cores stays the same. A thread that yields gives up the rest of that time, so
    /// the shorter it is, the less they fall behind other programs. Default: 0.5 milliseconds, by measuring (docs/performance.md); Linux's own
    /// is 0.7 to 2.8. In configuration as <see cref="CachedThreadIdleTimeout"/>, and with the unit <c>us</c> (<c>"500us"</c>). Range: 0.1 to
    /// 3 milliseconds, or 0 to ask for none.
    /// </summary>
    /// <remarks>
    /// From Linux 6.12 on; elsewhere, and where the system refuses <c>sched_setattr</c>, it has no effect. Where the system ends processes for
    /// that call, set it to 0. What is started on a connection's thread, threads of the pool and processes included, has it too, as it has
    /// the thread's niceness.
    /// </remarks>
    public TimeSpan TimeSlice { get; set; } = TimeSpan.FromMicroseconds(500);

    /// <summary>
    /// How long a connection's thread looks for the next message before it sleeps, if that mostly has come by then, and its core has
    /// nothing else to do. Default: 50 microseconds, by measuring (docs/performance.md). In configuration as <see cref="TimeSlice"/>. Range:
    /// 0, to sleep at once, to 1 millisecond. One thread for each four cores of a server does so at once, at least one.
    /// </summary>
    /// <remarks>
    /// On Linux only; elsewhere it has no effect. Between two looks the thread yields, whatever <see cref="YieldBeforeReceive"/> says. With a few
    /// connections whose clients answer quickly this saves waking a core for each message. It takes up to as much processor time after each
    /// message, and after one of 16 of a connection where it finds nothing.
    /// </remarks>
    public TimeSpan SpinBeforeReceive { get; set; } = TimeSpan.FromMicroseconds(50);

    /// <summary>
    /// How long connections that are busy are held back at most so that new ones can begin, while a thread that yields waits for more than five
    /// milliseconds for a core: otherwise the threads that accept connections and begin them have the share of a few among thousands.
    /// Default: two seconds, by measuring (docs/performance.md). In configuration as <see cref="CachedThreadIdleTimeout"/>. Range: 0, never, to 10
    /// seconds. Afterwards they go on for at least as long as they were held back.
    /// </summary>
    /// <remarks>
    /// On Linux and with <see cref="YieldBeforeReceive"/> only. Who is held back receives nothing, and notices an abort or its peer's end
    /// afterwards. Never longer than half of <see cref="IdleTimeout"/>. If the process leaves its cores idle meanwhile, because something else than
    /// their queue keeps connections from beginning, all go on after 40 to 200 milliseconds, for a second.
    /// </remarks>
    public TimeSpan HoldForNewConnections { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long connections that are busy are held back at most after a garbage collection, if a thread's yield takes a millisecond or more then:
    /// otherwise the threads that the collection has stopped come back one by one, each behind all that run already. Default: 500
    /// milliseconds; 512 connections on one core took 25 to 94, and 10,000 100 to 500 (docs/decisions/0008-after-a-collection.md). In
    /// configuration as <see cref="CachedThreadIdleTimeout"/>. Range: 0, never, to 10 seconds. They go on when hardly any thread comes to wait any
    /// more, and then are not held back for as long as they were, at least for 60 milliseconds.
    /// </summary>
    /// <remarks>
    /// On Linux and with <see cref="YieldBeforeReceive"/> only. Who is held back receives nothing, and notices an abort or its peer's end
    /// afterwards. Never longer than a quarter of <see cref="IdleTimeout"/>.
    /// </remarks>
    public TimeSpan HoldAfterCollection { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Whether a flush in a turn on a connection's own thread waits to be sent with the next one. Default:
    /// <see langword="true"/>. It is sent without that when the turn is over, which is when the handler awaits something that is not there yet, when
    /// the handler wants to read, and when there are 16 KiB of it. Kestrel flushes a response twice if it has no length, and that then is one
    /// system call and one segment, over TLS too. A handler that stays in its turn after the first flush, because it blocks or computes, has it
    /// sent some 10 to 15 ms later, by another thread, and after that, while its connection is split, 64 flushes at once.
    /// </summary>
    /// <remarks>
    /// A flush completes before its bytes are sent either way, as on Kestrel's Sockets transport. Set it to <see langword="false"/> where
    /// handlers flush once and then block or compute, or do so in what Kestrel runs after a response (<c>OnCompleted</c> callbacks,
    /// disposing what was scoped): their clients would wait for that.
    /// </remarks>
    public bool DeferSends { get; set; } = true;

    /// <summary>
    /// How long a connection may be idle: nothing is received and nothing is sent although its application waits for one of them. Then
    /// it is aborted, as by <see cref="Microsoft.AspNetCore.Connections.ConnectionContext.Abort(Microsoft.AspNetCore.Connections.ConnectionAbortedException)"/>,
    /// up to half a second later. Default: <see langword="null"/>, for ever. Range: 1 second to 1 day, or
    /// <see cref="Timeout.InfiniteTimeSpan"/>. In configuration as <see cref="CachedThreadIdleTimeout"/>.
    /// </summary>
    /// <remarks>
    /// Time in which the application neither reads nor sends does not count, however long a handler takes. For raw connections: HTTP
    /// has Kestrel's own limits of time, and an HTTP/2 connection always waits for its next frame, also while its requests are worked on.
    /// </remarks>
    public TimeSpan? IdleTimeout { get; set; }

    /// <summary>
    /// Creates the bound socket that a listener then listens on. Not settable by configuration. Default:
    /// <see cref="SocketTransportOptions.CreateDefaultBoundListenSocket"/>, so that an endpoint is bound as Kestrel's Sockets
    /// transport binds it. Called on the thread that starts the server or reloads its configuration.
    /// </summary>
    /// <remarks>An implementation binds the socket; the transport calls <see cref="Socket.Listen(int)"/>.</remarks>
    public Func<EndPoint, Socket> CreateBoundListenSocket { get; set; } = SocketTransportOptions.CreateDefaultBoundListenSocket;

    /// <summary>
    /// Which endpoints run on threads; the rest stay on Kestrel's Sockets transport. Not settable by configuration. Default:
    /// <see langword="null"/>, every IP, Unix domain socket and file handle endpoint. Called once for each endpoint, on the
    /// thread that starts the server or reloads its configuration.
    /// </summary>
    public Func<EndPoint, bool>? CanBind { get; set; }

    /// <summary>What starts a thread with a stack of so many bytes, so that tests can have it refused.</summary>
    internal Action<ConnectionThread, int> StartThread { get; set; } = static (thread, stackSize) => thread.Start(stackSize);

    /// <summary>
    /// Has a connection that is aborted end with a FIN rather than a RST. Off, unless the switch says so that Kestrel itself and
    /// its Sockets transport read.
    /// </summary>
    internal bool FinOnError { get; set; } =
        AppContext.TryGetSwitch("Microsoft.AspNetCore.Server.Kestrel.FinOnError", out var finOnError) && finOnError;

    /// <summary>Splits every connection before its first read, so that tests can hold the two forms against each other.</summary>
    internal bool SplitAtStart { get; set; }
}
