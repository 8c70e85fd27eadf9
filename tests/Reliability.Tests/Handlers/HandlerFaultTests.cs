using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Support;

namespace Reliability.Tests.Handlers;

/// <summary>
/// Handlers that do what they should not. Each time the client hears of an end, the next client is served, the server stops in time, and
/// every block of the pool is back.
/// </summary>
public sealed class HandlerFaultTests
{
    private static readonly Dictionary<string, ConnectionDelegate> _handlers = new()
    {
        ["throws at once"] = _ => throw new InvalidOperationException("at once"),
        ["throws after a read"] = async connection =>
        {
            await connection.Transport.Input.ReadAsync();
            throw new InvalidOperationException("after a read");
        },
        ["throws after it has been elsewhere"] = async connection =>
        {
            await connection.Transport.Input.ReadAsync();
            await Task.Yield();
            throw new InvalidOperationException("elsewhere");
        },
        ["throws with output unflushed"] = async connection =>
        {
            await connection.Transport.Input.ReadAsync();
            connection.Transport.Output.GetMemory(100);
            connection.Transport.Output.Advance(100);
            throw new InvalidOperationException("with output unflushed");
        },
        ["throws from a callback of the closed token"] = connection =>
        {
            connection.ConnectionClosed.Register(() => throw new InvalidOperationException("from a callback"));
            return ReadAsync(connection);
        },
        ["throws from every callback it can have"] = async connection =>
        {
            connection.ConnectionClosed.Register(() => throw new InvalidOperationException("one"));
            connection.ConnectionClosed.Register(() => throw new InvalidOperationException("two"));
            await ReadAsync(connection);
            connection.Abort(new ConnectionAbortedException("and aborts"));
            throw new InvalidOperationException("and throws");
        },
        ["aborts from a callback of the closed token"] = async connection =>
        {
            connection.ConnectionClosed.Register(() => connection.Abort());
            await ReadAsync(connection);
        },
        ["returns without a read"] = _ => Task.CompletedTask,
        ["returns with a read it never ended"] = async connection => await connection.Transport.Input.ReadAsync(),
        ["disposes the connection, and again"] = async connection =>
        {
            await ReadAsync(connection);
            await connection.DisposeAsync();
            await connection.DisposeAsync();
        },
        ["disposes the connection from two sides"] = async connection =>
        {
            await ReadAsync(connection);
            await Task.WhenAll(Task.Run(() => connection.DisposeAsync().AsTask()), Task.Run(() => connection.DisposeAsync().AsTask()));
        },
        ["replaces the transport"] = async connection =>
        {
            await ReadAsync(connection);
            connection.Transport = new ReplacedTransport();
        },
        ["replaces the transport and completes the new one"] = async connection =>
        {
            await ReadAsync(connection);
            var old = connection.Transport;
            connection.Transport = new ReplacedTransport();
            await connection.Transport.Output.CompleteAsync();
            await connection.Transport.Input.CompleteAsync();
            await old.Output.CompleteAsync();
        },
        ["completes input, then output"] = async connection =>
        {
            await ReadAsync(connection);
            await connection.Transport.Input.CompleteAsync();
            await connection.Transport.Output.CompleteAsync();
        },
        ["completes output, then input, then both again"] = async connection =>
        {
            await ReadAsync(connection);
            await connection.Transport.Output.CompleteAsync();
            await connection.Transport.Input.CompleteAsync();
            await connection.Transport.Output.CompleteAsync(new InvalidOperationException("late"));
            await connection.Transport.Input.CompleteAsync(new InvalidOperationException("late"));
        },
        ["completes both with exceptions in the middle of what it has read"] = async connection =>
        {
            await connection.Transport.Input.ReadAsync();
            await connection.Transport.Input.CompleteAsync(new InvalidOperationException("input"));
            await connection.Transport.Output.CompleteAsync(new InvalidOperationException("output"));
        },
        ["completes output in the middle of a read"] = async connection =>
        {
            await ReadAsync(connection);
            var read = connection.Transport.Input.ReadAsync();
            await connection.Transport.Output.CompleteAsync();
            await read;
        },
        ["completes input in the middle of a read"] = async connection =>
        {
            await ReadAsync(connection);
            _ = connection.Transport.Input.ReadAsync().AsTask();
            await connection.Transport.Input.CompleteAsync();
        },
        ["writes after the output is complete"] = async connection =>
        {
            await ReadAsync(connection);
            await connection.Transport.Output.CompleteAsync();
            await connection.Transport.Output.WriteAsync(new byte[10]);
        },
        ["reads after the input is complete"] = async connection =>
        {
            await ReadAsync(connection);
            await connection.Transport.Input.CompleteAsync();
            await connection.Transport.Input.ReadAsync();
        },
        ["reads twice at once"] = async connection =>
        {
            await ReadAsync(connection);
            var first = connection.Transport.Input.ReadAsync().AsTask();
            await connection.Transport.Input.ReadAsync();
            await first;
        },
        ["writes far beyond the limit without a flush"] = async connection =>
        {
            await ReadAsync(connection);
            connection.Transport.Output.GetMemory(1024 * 1024);
            connection.Transport.Output.Advance(1024 * 1024);
        },
        ["takes more than there is room for"] = async connection =>
        {
            await ReadAsync(connection);
            connection.Transport.Output.Advance(1);
        },
    };

    [Theory, HandlersOnEveryTransport]
    public async Task Handler_MisbehavesInOneWay_EndsItsConnectionAndNoOther(ITransport transport, string handler)
    {
        var served = 0;
        await using var harness = await KestrelHarness.StartAsync(
            transport,
            connection => Interlocked.Increment(ref served) == 2 ? _handlers[handler](connection) : Applications.EchoAsync(connection));
        var other = await harness.ConnectAsync();
        await other.AssertEchoesAsync("hello");

        var client = await harness.ConnectAsync();
        await SendAsync(client);
        if (handler.StartsWith("throws from", StringComparison.Ordinal) || handler.StartsWith("aborts from", StringComparison.Ordinal))
        {
            client.ShutdownSend();
        }

        await client.ReceiveToAnyEndAsync();

        await other.AssertEchoesAsync("hello");
        var next = await harness.ConnectAsync();
        await next.AssertEchoesAsync("hello");
        other.ShutdownSend();
        next.ShutdownSend();
        await harness.StopAsync();
        Assert.Equal(0, harness.Memory.Outstanding);
        Assert.Equal(0, harness.Memory.ReturnedTwice);
    }

    private static async Task SendAsync(TestClient client)
    {
        try
        {
            await client.SendAsync("x");
        }
        catch (SocketException)
        {
            // Its handler did not even wait for that.
        }
    }

    private static async Task ReadAsync(ConnectionContext connection)
    {
        var read = await connection.Transport.Input.ReadAsync();
        connection.Transport.Input.AdvanceTo(read.Buffer.End);
    }

    private sealed class HandlersOnEveryTransportAttribute() : EveryTransportAttribute([.. _handlers.Keys]);

    private sealed class ReplacedTransport : IDuplexPipe
    {
        private readonly Pipe _pipe = new();

        public PipeReader Input => _pipe.Reader;

        public PipeWriter Output => _pipe.Writer;
    }
}
