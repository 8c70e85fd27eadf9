using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Support;
using ThreadTransport.Internal.Listening;

namespace ThreadTransport.Tests.Promises;

/// <summary>Every thread, descriptor, pool block, permit and slot is given back, in whichever way a connection ends.</summary>
[Collection(nameof(Alone))]
public sealed class NothingLeftBehindTests
{
    private const int Connections = 5000;
    private const int AtOnce = 50;

    private static readonly ConnectionAbortedException _reason = new("the test says so");

    /// <summary>What ends a connection, after which the connection is always disposed as Kestrel does it.</summary>
    private static readonly Func<ConnectionContext, TestClient, Task>[] _endings =
    [
        (_, client) => Do(client.ShutdownSend),
        (_, client) => Do(client.Reset),
        (_, client) => Do(client.Dispose),
        (connection, _) => Do(() => connection.Abort(_reason)),
        (connection, _) => Do(() => connection.Abort(null!)),
        (connection, _) => Do(() => connection.Transport.Output.Complete()),
        (connection, _) => Do(() => connection.Transport.Output.Complete(new InvalidOperationException("of the application"))),
        (connection, _) => Do(() => connection.Transport.Input.Complete()),

        // Waits for the client to take what was written, so it is only waited for once the client has gone.
        (connection, _) => Begin(connection.DisposeAsync().AsTask()),
        (connection, _) => Begin(Task.WhenAll(connection.DisposeAsync().AsTask(), connection.DisposeAsync().AsTask())),
        (connection, client) => Together(client.Reset, () => connection.Abort(_reason)),
        (connection, client) => Together(client.Dispose, () => connection.Transport.Output.Complete()),
        (connection, _) => Together(() => connection.Abort(_reason), () => connection.Abort(null!)),
        (connection, _) => Together(() => connection.Transport.Input.CancelPendingRead(), () => connection.Abort(_reason)),
        (connection, _) => Together(() => connection.Transport.Input.CancelPendingRead(), () => connection.Transport.Output.Complete()),
        (connection, client) => Together(client.ShutdownSend, () => Begin(connection.DisposeAsync().AsTask())),
    ];

    /// <summary>What the application is doing at that moment.</summary>
    private static readonly Func<ConnectionContext, TestClient, Task>[] _applications =
    [
        // Nothing at all: the connection may not even have its thread yet.
        (_, _) => Task.CompletedTask,

        // Waiting for a read.
        (connection, _) => Begin(ReadAsync(connection)),

        // Waiting for a read after an echo.
        async (connection, client) =>
        {
            await client.SendAsync("echo");
            await ReadAsync(connection).Bounded();
            await connection.Transport.Output.WriteAsync("echo"u8.ToArray());
            await client.ReceiveExactlyAsync(4);
            var next = ReadAsync(connection);
            Assert.False(next.IsCompleted);
        },

        // Holding on to what came, with more behind it.
        async (connection, client) =>
        {
            await client.SendAsync(Pattern.Create(20_000));
            var result = await connection.Transport.Input.ReadAsync().Bounded();
            connection.Transport.Input.AdvanceTo(result.Buffer.Start, result.Buffer.GetPosition(1));
        },

        // Waiting for a flush that the client does not take.
        (connection, _) => Begin(WriteAsync(connection.Transport.Output, 4 * 1024 * 1024)),

        // On another thread, about to read.
        (connection, _) => Begin(Task.Run(() => ReadAsync(connection))),
    ];

    [Theory, EveryThreadTransport]
    public async Task Connections_EndedInEveryWay_LeaveNothing(ITransport transport)
    {
        var sockets = ProcessCounts.Sockets;
        var harness = await TransportHarness.BindAsync(transport);
        var factory = (ThreadTransportFactory)harness.Factory;
        var permits = factory.Admission.Free;
        for (var done = 0; done < Connections; done += AtOnce)
        {
            var pairs = new List<(ConnectionContext Connection, TestClient Client)>();
            while (pairs.Count < AtOnce)
            {
                pairs.Add(await harness.ConnectAsync());
            }

            await Task.WhenAll(pairs.Select(async (pair, offset) =>
            {
                var i = done + offset;
                var (connection, client) = pair;
                var (application, ending) = (i / _endings.Length % _applications.Length, i % _endings.Length);
                try
                {
                    await Ignoring(() => _applications[application](connection, client).Bounded());
                    await Ignoring(() => _endings[ending](connection, client).Bounded());
                    client.Dispose();
                    await Ignoring(() => connection.DisposeAsync().Bounded());
                }
                catch (TimeoutException exception)
                {
                    throw new TimeoutException($"Application {application}, ending {ending} hung.", exception);
                }
            }));
        }

        await TestTimeout.EventuallyAsync(() => factory.Admission.Free == permits, "all permits are back");
        await TestTimeout.EventuallyAsync(() => factory.Services.Stays.Rented == 0, "all slots are back");
        Assert.Equal(0, factory.Services.Poller?.Registered ?? 0);
        await TestTimeout.EventuallyAsync(
            () => factory.Services.Threads.Parked + factory.Services.BorrowedByConnections.Count == factory.Services.Threads.Alive,
            "all threads are parked");
        Assert.InRange(factory.Services.Threads.Alive, 1, 10 * AtOnce);
        Assert.Equal(0, harness.Memory.Outstanding);
        Assert.Empty(harness.Log.Complaints);

        await harness.DisposeAsync();
        await TestTimeout.EventuallyAsync(() => factory.Services.Threads.Alive == 0, "all threads have ended");
        await TestTimeout.EventuallyAsync(() => ProcessCounts.Sockets <= sockets, "all sockets are closed");
    }

    /// <summary>Leaves what was begun to itself.</summary>
    private static Task Begin(Task begun) => begun.IsCompleted ? begun : Task.CompletedTask;

    private static Task Do(Action action)
    {
        action();
        return Task.CompletedTask;
    }

    private static Task Together(Action one, Action other) => Task.WhenAll(Task.Run(one), Task.Run(other));

    private static async Task ReadAsync(ConnectionContext connection)
    {
        var result = await connection.Transport.Input.ReadAsync();
        connection.Transport.Input.AdvanceTo(result.Buffer.End);
    }

    private static async Task WriteAsync(PipeWriter output, int count)
    {
        output.Write(Pattern.Create(count));
        await output.FlushAsync();
    }

    /// <summary>The other side may be gone at any moment; what that throws is not the question here.</summary>
    private static async Task Ignoring(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception exception) when (exception is not TimeoutException)
        {
        }
    }
}
