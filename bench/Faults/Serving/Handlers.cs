using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Faults.Serving;

/// <summary>What a connection of the <see cref="FaultServer"/> does, by its first byte.</summary>
internal static class Handlers
{
    /// <summary>Echoes as it awaits.</summary>
    public const byte Echo = (byte)'e';

    /// <summary>Echoes each message after its thread has slept a few milliseconds, as a synchronous database call.</summary>
    public const byte Work = (byte)'w';

    /// <summary>Echoes each message, and waits for its own flush synchronously.</summary>
    public const byte Synchronous = (byte)'s';

    /// <summary>Waits for the rest of a message, whatever else happens.</summary>
    public const byte Rest = (byte)'m';

    /// <summary>Blocks its thread for good.</summary>
    public const byte Block = (byte)'b';

    /// <summary>Sends for good.</summary>
    public const byte Send = (byte)'o';

    /// <summary>Sends a given amount and ends.</summary>
    public const byte Drain = (byte)'d';

    /// <summary>Throws at once.</summary>
    public const byte Throw = (byte)'t';

    /// <summary>Throws after it has been to the pool.</summary>
    public const byte ThrowLater = (byte)'l';

    /// <summary>Returns without a word.</summary>
    public const byte Leave = (byte)'q';

    /// <summary>How long a message of <see cref="Rest"/> is.</summary>
    public const int MessageSize = 1024;

    /// <summary>How much <see cref="Drain"/> sends: more than the kernel holds for a client that does not read.</summary>
    public const int DrainSize = 8 * 1024 * 1024;

    private const int ChunkSize = 16 * 1024;

    private static readonly TimeSpan _work = TimeSpan.FromMilliseconds(5);

    public static async Task ServeAsync(ConnectionContext connection)
    {
        try
        {
            var kind = await ReadKindAsync(connection.Transport.Input);
            await (kind switch
            {
                Echo => EchoAsync(connection, static _ => ValueTask.CompletedTask, synchronous: false),
                Work => EchoAsync(connection, static _ => WorkAsync(), synchronous: false),
                Synchronous => EchoAsync(connection, static _ => ValueTask.CompletedTask, synchronous: true),
                Rest => RestAsync(connection),
                Block => BlockAsync(connection),
                Send => SendAsync(connection.Transport.Output),
                Drain => DrainAsync(connection.Transport.Output),
                Throw => throw new InvalidOperationException("thrown at once"),
                ThrowLater => ThrowLaterAsync(),
                _ => Task.CompletedTask,
            });
        }
        catch (Exception exception) when (exception is ConnectionResetException or ConnectionAbortedException)
        {
            // The peer has left, or the server stops.
        }
    }

    private static async Task<byte> ReadKindAsync(PipeReader input)
    {
        var read = await input.ReadAsync();
        if (read.Buffer.IsEmpty)
        {
            input.AdvanceTo(read.Buffer.End);
            return Leave;
        }

        var kind = read.Buffer.FirstSpan[0];
        input.AdvanceTo(read.Buffer.GetPosition(1));
        return kind;
    }

    private static async Task EchoAsync(ConnectionContext connection, Func<ConnectionContext, ValueTask> workAsync, bool synchronous)
    {
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        using var stop = connection.Features.Get<Microsoft.AspNetCore.Connections.Features.IConnectionLifetimeNotificationFeature>()!
            .ConnectionClosedRequested.UnsafeRegister(static input => ((PipeReader)input!).CancelPendingRead(), input);
        while (true)
        {
            var read = await input.ReadAsync();
            if (!read.Buffer.IsEmpty)
            {
                await workAsync(connection);
                foreach (var segment in read.Buffer)
                {
                    output.Write(segment.Span);
                }
            }

            input.AdvanceTo(read.Buffer.End);
            var flush = output.FlushAsync();
            var gone = synchronous ? flush.AsTask().GetAwaiter().GetResult().IsCompleted : (await flush).IsCompleted;
            if (gone || read.IsCompleted || read.IsCanceled)
            {
                return;
            }
        }
    }

    private static ValueTask WorkAsync()
    {
        Thread.Sleep(_work);
        return ValueTask.CompletedTask;
    }

    private static async Task RestAsync(ConnectionContext connection)
    {
        await connection.Transport.Output.WriteAsync(new byte[1]);
        await connection.Transport.Input.ReadAtLeastAsync(MessageSize);
    }

    private static async Task BlockAsync(ConnectionContext connection)
    {
        await connection.Transport.Output.WriteAsync(new byte[1]);
        Thread.Sleep(Timeout.Infinite);
    }

    private static async Task SendAsync(PipeWriter output)
    {
        var chunk = new byte[ChunkSize];
        while (!(await output.WriteAsync(chunk)).IsCompleted)
        {
        }
    }

    private static async Task DrainAsync(PipeWriter output)
    {
        var chunk = new byte[ChunkSize];
        for (var sent = 0; sent < DrainSize; sent += ChunkSize)
        {
            await output.WriteAsync(chunk);
        }
    }

    private static async Task ThrowLaterAsync()
    {
        await Task.Yield();
        throw new InvalidOperationException("thrown later");
    }
}
