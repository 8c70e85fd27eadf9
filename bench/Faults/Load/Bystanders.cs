using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using HdrHistogram;

namespace Faults.Load;

/// <summary>
/// Well-behaved connections beside the fault: each sends a message, waits for all of its echo, compares it, pauses, and does it again,
/// to the end. What one of them suffers is what the fault costs others.
/// </summary>
internal sealed class Bystanders : IAsyncDisposable
{
    private const int MessageSize = 64;
    private const int SignificantDigits = 3;

    /// <summary>A message that is not back by then has failed, and with it its connection.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    private static readonly long _longest = (long)TimeSpan.FromMinutes(1).TotalNanoseconds;

    private readonly CancellationTokenSource _stop = new();
    private readonly TimeSpan _pause;
    private readonly List<Task> _running = [];
    private LongConcurrentHistogram _times = CreateHistogram();
    private int _failures;
    private string? _firstFailure;

    private Bystanders(TimeSpan pause) => _pause = pause;

    /// <summary>How many connections have failed.</summary>
    public int Failures => Volatile.Read(ref _failures);

    /// <summary>What was the matter with the first of them.</summary>
    public string? FirstFailure => Volatile.Read(ref _firstFailure);

    /// <param name="server">An echo server.</param>
    /// <param name="connections">How many.</param>
    /// <param name="pause">Between the end of one message and the next one.</param>
    /// <param name="interrupt">Ends the connecting.</param>
    public static async Task<Bystanders> StartAsync(IPEndPoint server, int connections, TimeSpan pause, CancellationToken interrupt)
    {
        var bystanders = new Bystanders(pause);
        for (var i = 0; i < connections; i++)
        {
            var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(server, interrupt);
            bystanders._running.Add(Task.Run(() => bystanders.RunAsync(socket), interrupt));
        }

        return bystanders;
    }

    /// <summary>The times of all messages that came back since the last call, in nanoseconds.</summary>
    public LongConcurrentHistogram TakeTimes() => Interlocked.Exchange(ref _times, CreateHistogram());

    public static LongConcurrentHistogram CreateHistogram() => new(1, _longest, SignificantDigits);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        _stop.Dispose();
    }

    private async Task RunAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                await EchoAsync(socket);
            }
            catch (Exception exception) when (exception is SocketException or FaultsException or OperationCanceledException)
            {
                if (!_stop.IsCancellationRequested)
                {
                    Interlocked.Increment(ref _failures);
                    Interlocked.CompareExchange(ref _firstFailure, exception.Message, null);
                }
            }
        }
    }

    private async Task EchoAsync(Socket socket)
    {
        var message = new byte[MessageSize];
        var reply = new byte[MessageSize];
        Random.Shared.NextBytes(message);
        using var overdue = new Timer(static socket => ((Socket)socket!).Dispose(), socket, Timeout.Infinite, Timeout.Infinite);
        while (!_stop.IsCancellationRequested)
        {
            overdue.Change(_patience, Timeout.InfiniteTimeSpan);
            message[0]++;
            var began = Stopwatch.GetTimestamp();
            await socket.SendAsync(message, SocketFlags.None);
            for (var received = 0; received < MessageSize;)
            {
                var n = await socket.ReceiveAsync(reply.AsMemory(received), SocketFlags.None);
                received += n > 0 ? n : throw new FaultsException("the server ended the connection");
            }

            var time = (long)Stopwatch.GetElapsedTime(began).TotalNanoseconds;
            Volatile.Read(ref _times).RecordValue(Math.Clamp(time, 1, _longest));
            if (!message.AsSpan().SequenceEqual(reply))
            {
                throw new FaultsException("the echo was wrong");
            }

            if (_pause > TimeSpan.Zero)
            {
                await Task.Delay(_pause, _stop.Token);
            }
        }
    }
}
